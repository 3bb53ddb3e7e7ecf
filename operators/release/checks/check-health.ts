import type { Catalog } from '../../../schemas/catalog/catalog.ts'
import type { Path, Report } from '../problem.ts'
import type { Feature, Release, Tiers } from '../release.ts'
import { catalogOfRelease } from '../release-catalog.ts'
import { type FieldsRead, fieldsRead } from '../rules/fields-read.ts'

const tierNames = ['eligibility', 'applicability', 'suitability'] as const

/** Checks that nothing that is decided for a purpose like marketing reads a health field, unless the catalog allows the purpose to. */
export function checkHealth(release: Release, report: Report): void {
  const catalog = catalogOfRelease(release)
  const health = healthOf(catalog, release.features)
  if (health.fields.length === 0) return
  const allowed = ['service', ...(catalog.declaration.classes?.health?.purposes ?? [])]
  const { groups, actions, journeys = [], reference = [] } = release
  const bound = actions.filter(({ purpose }) => !allowed.includes(purpose))
  if (bound.length === 0) return
  const [{ purpose }] = bound as [(typeof bound)[number]]
  const remedy = `remove it, or allow the purpose in the catalog: classes: { health: { purposes: [${purpose}] } }`

  const joins = new Set(reference.filter(({ key }) => readsHealth(fieldsRead(key), health)).map(({ name }) => name))
  const check = (expression: string | null, path: Path, whose: string) => {
    if (expression === null) return
    const read = fieldsRead(expression)
    if (readsHealth(read, health) || read.reference.some(([name]) => name === undefined || joins.has(name)))
      report(path, `${whose} reads a health field`, remedy)
  }
  const checkTiers = (tiers: Tiers, path: Path, whose: string) => {
    for (const tier of tierNames)
      for (const [n, { when }] of tiers[tier].entries()) check(when, [...path, tier, n, 'when'], whose)
  }
  groups.forEach((group, n) => {
    if (bound.some(action => action.group === group.id)) checkTiers(group, ['groups', n], `a rule of '${group.id}'`)
  })
  actions.forEach((action, n) => {
    if (allowed.includes(action.purpose)) return
    const whose = `an action for ${action.purpose}`
    checkTiers(action, ['actions', n], whose)
    for (const key of ['context', 'value'] as const) check(action[key], ['actions', n, key], whose)
  })
  // A journey asks for decisions, in which every action takes part.
  journeys.forEach(({ trigger, goal, exit, stages }, n) => {
    const path = ['journeys', n]
    const whose = 'a journey that asks for offers'
    check(trigger.when, [...path, 'trigger', 'when'], whose)
    check(goal.when, [...path, 'goal', 'when'], whose)
    for (const [e, one] of exit.entries()) check(one.when, [...path, 'exit', e, 'when'], whose)
    for (const [s, stage] of stages.entries())
      for (const key of ['holdUntil', 'reset'] as const)
        check(stage[key]?.when ?? null, [...path, 'stages', s, key, 'when'], whose)
  })
}

interface Health {
  /** Paths of the fields of events. */
  readonly fields: readonly string[]
  /** The features that are computed from them. */
  readonly features: ReadonlySet<string>
}

function healthOf({ events }: Catalog, features: readonly Feature[]): Health {
  const reads = ({ event, field, where }: Feature): boolean => {
    const own = events.get(event)?.classes.health ?? []
    return [field, where?.field].some(path => path != null && own.some(one => overlaps(one, path)))
  }
  return {
    fields: [...events.values()].flatMap(({ classes }) => classes.health),
    features: new Set(features.filter(reads).map(({ name }) => name)),
  }
}

const readsHealth = ({ event, features }: FieldsRead, health: Health): boolean =>
  features.some(([name]) => (name === undefined ? health.features.size > 0 : health.features.has(name))) ||
  event.some(path => path.length === 0 || health.fields.some(one => overlaps(one, path.join('.'))))

/** Whether a path leads into a field, or to something that holds it. */
const overlaps = (field: string, path: string): boolean =>
  field === path || field.startsWith(`${path}.`) || path.startsWith(`${field}.`)
