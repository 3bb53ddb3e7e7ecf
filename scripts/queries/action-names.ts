import { controlFlaw } from '../../operators/intake/control-checks.ts'
import type { Release } from '../../operators/release/release.ts'
import type { Control } from '../../schemas/generated.ts'

/** What people call actions, by id; one without a name is not in it. */
export type ActionNames = ReadonlyMap<string, string>

/** An action as people are told of it: its id, and its name where it has one. */
export function inFull(actionId: string, names: ActionNames): string {
  const name = names.get(actionId)
  return name === undefined ? actionId : `${actionId} ${name}`
}

/** The names in a release's document; none where there is no release yet. */
export function namesIn(document: string): ActionNames {
  const actions = document === '' ? [] : (JSON.parse(document) as Release).actions
  return new Map(actions.flatMap(({ id, name }) => (name === undefined ? [] : [[id, name]])))
}

/** The names that releases gave, in this order: the later one counts. What was refused as a release gave none. */
export function namesOf(controls: readonly Control[]): ActionNames {
  const releases = controls.filter(control => control.kind === 'release' && controlFlaw(control) === null)
  return new Map(releases.flatMap(({ document }) => [...namesIn(document)]))
}
