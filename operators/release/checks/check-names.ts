import type { Path, Report } from '../problem.ts'
import type { Release } from '../release.ts'

/** Names that decisions give to what is no action. */
const ofDecisions: ReadonlySet<string> = new Set(['silence', 'none'])
/** Words of CEL, and names that every object has: a rule or a lookup by them would find something else. */
export const ofLanguages: ReadonlySet<string> = new Set([
  ...['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import'],
  ...['let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while'],
  ...Object.getOwnPropertyNames(Object.prototype),
])

/** A name of a release, and where it stands. */
interface Placed {
  readonly what: string
  readonly name: string
  readonly path: Path
  readonly isKey?: boolean
}

/** Checks that no name of a release means something else already. */
export function checkNames(release: Release, report: Report): void {
  const refuse = ({ what, name, path, isKey = false }: Placed) => {
    report(path, `'${name}' can't be the name of ${what}: it means something else`, `write '${name}_1'`, { key: isKey })
  }
  for (const placed of inDecisions(release))
    if (ofDecisions.has(placed.name.toLowerCase()) || ofLanguages.has(placed.name)) refuse(placed)
  for (const placed of inRules(release)) if (ofLanguages.has(placed.name)) refuse(placed)
}

/** The names that decisions give to what was chosen, and why. */
const inDecisions = ({ groups, actions, journeys = [] }: Release): readonly Placed[] => [
  ...groups.map(({ id }, n) => ({ what: 'a group', name: id, path: ['groups', n, 'id'] })),
  ...actions.flatMap(({ id, name, treatments }, n) => [
    { what: 'an action', name: id, path: ['actions', n, 'id'] },
    ...(name === undefined ? [] : [{ what: 'an action', name, path: ['actions', n, 'name'] }]),
    ...treatments.map((one, t) => ({ what: 'a treatment', name: one.id, path: ['actions', n, 'treatments', t] })),
  ]),
  ...journeys.flatMap(({ id, stages }, n) => [
    { what: 'a journey', name: id, path: ['journeys', n, 'id'] },
    ...stages.map((stage, s) => ({ what: 'a stage', name: stage.id, path: ['journeys', n, 'stages', s, 'id'] })),
  ]),
]

/** The names that rules say, or that values are looked up by. */
const inRules = ({ features, reference = [], identifiers, experiments = [], models }: Release): readonly Placed[] => [
  ...features.map(({ name }, n) => ({ what: 'a feature', name, path: ['features', n, 'name'] })),
  ...reference.flatMap(({ name, attributes }, n) => [
    { what: 'reference data', name, path: ['reference', n, 'name'] },
    ...attributes.map(one => ({
      ...{ what: 'an attribute', name: one.name, path: ['reference', n, 'attributes', one.name], isKey: true },
    })),
  ]),
  ...identifiers.types.map(({ type }, n) => ({
    ...{ what: 'an identifier', name: type, path: ['identifiers', 'types', n, 'type'] },
  })),
  ...experiments.map(({ id }, n) => ({ what: 'an experiment', name: id, path: ['experiments', n, 'id'] })),
  ...models.map(({ id }, n) => ({ what: 'a model', name: id, path: ['models', n, 'id'] })),
]
