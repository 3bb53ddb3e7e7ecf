import type { FeatureKind } from '../../features/kinds/feature-kinds.ts'
import type { Path, Report } from '../problem.ts'
import type { EventCondition, Journey, Release, Rule, Tiers } from '../release.ts'
import { between, oneOfTexts, type PossibleValues, whereHolds } from '../rules/possible-values.ts'

const tierNames = ['eligibility', 'applicability', 'suitability'] as const
/** The kinds of features that are never below 0. */
const countingKinds: ReadonlySet<FeatureKind> = new Set(['count', 'distinct', 'decayed-rate', 'time-since'])

/** Warns of rules that can never hold, alone or after the rules before them, and of conditions that can never be met. */
export function warnOfNever(release: Release, warn: Report): void {
  const { actions, groups, journeys = [] } = release
  const known = knownOf(release)
  const byGroup = new Map<string, PossibleValues>()
  groups.forEach((group, n) => {
    byGroup.set(group.id, warnOfRules(group, ['groups', n], known, warn))
  })
  actions.forEach((action, n) => {
    warnOfRules(action, ['actions', n], known, warn, byGroup.get(action.group ?? ''))
  })
  journeys.forEach((journey, n) => {
    for (const [condition, at] of conditionsOf(journey))
      if (condition?.when != null && whereHolds(condition.when, ofEvent(known, condition)) === null)
        warn(['journeys', n, ...at], `this can never happen: '${condition.when}' never holds`, remedy)
  })
}

const remedy = 'change what it is compared with, or remove it'

/** Returns what variables can be where all of the rules hold. */
function warnOfRules(
  tiers: Tiers,
  path: Path,
  known: PossibleValues,
  warn: Report,
  ofGroup: PossibleValues = known,
): PossibleValues {
  let possible = ofGroup
  for (const tier of tierNames)
    tiers[tier].forEach(({ id, when }: Rule, n) => {
      const next = whereHolds(when, possible)
      const why = whereHolds(when, known) === null ? 'never holds' : 'never holds where the rules before it do'
      if (next === null) warn([...path, tier, n, 'when'], `rule '${id}' ${why}`, remedy)
      else possible = next
    })
  return possible
}

/** Lists what variables can be in every release, and in this one. */
function knownOf({ features, triggers, journeys = [] }: Release): PossibleValues {
  const stages = journeys.flatMap(journey => journey.stages.map(({ id }) => id))
  return new Map([
    ...features
      .filter(({ kind }) => countingKinds.has(kind))
      .map(({ name }) => [`features.${name}`, between(0)] as const),
    ...['contacts_24h', 'contacts_7d', 'contacts_30d', 'days_since_contact', 'points_used'].map(
      name => [`ledger.${name}`, between(0)] as const,
    ),
    ['context.hour', between(0, 23)],
    ['context.weekday', between(0, 6)],
    ['context.month', between(1, 12)],
    ['context.trigger', oneOfTexts(['event', 'timer'])],
    ['context.journey', oneOfTexts(['', ...journeys.map(({ id }) => id)])],
    ['context.stage', oneOfTexts(['', ...stages])],
    // The event of a request that a journey makes without one has no type.
    ['event.type', oneOfTexts(['', ...triggers, ...journeys.flatMap(eventsOf)])],
  ])
}

const ofEvent = (known: PossibleValues, { event }: EventCondition): PossibleValues =>
  new Map([...known, ['event.type', oneOfTexts([event])]])

function conditionsOf({ trigger, goal, exit, stages }: Journey): readonly (readonly [EventCondition | null, Path])[] {
  return [
    [trigger, ['trigger']],
    [goal, ['goal']],
    ...exit.map((one, n) => [one, ['exit', n]] as const),
    ...stages.flatMap(({ holdUntil, reset }, n) => [
      [holdUntil, ['stages', n, 'holdUntil']] as const,
      [reset, ['stages', n]] as const,
    ]),
  ]
}

const eventsOf = (journey: Journey): readonly string[] =>
  conditionsOf(journey).flatMap(([condition]) => (condition ? [condition.event] : []))
