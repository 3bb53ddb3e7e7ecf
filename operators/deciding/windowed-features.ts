import { eventFields, type Versions } from '../../schemas/catalog/event-reading.ts'
import { DeadLetter, type FeatureLast, FeatureRow, PersonEvent, type WindowSeries } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { table } from '../../state/table.ts'
import { aggregates } from '../../state/windows/aggregates.ts'
import { tileOf } from '../../state/windows/window.ts'
import { grownSeries, mergedSeries, prunedSeries } from '../../state/windows/window-series.ts'
import { letterOf } from '../event-letter.ts'
import { valuesOf } from '../features/event-values.ts'
import { type EventPlan, featuresPlan, keptFrom, type SeriesPlan } from '../features/feature-plan.ts'
import { mergedById } from '../lists/merge.ts'
import { operator, to } from '../operator.ts'
import { triggersNothing } from '../release/backfill.ts'
import { type CompiledRelease, compiled } from '../release/compiled/compiled-release.ts'
import type { Release } from '../release/release.ts'
import type { ValidationError } from '../validation-error.ts'
import { release } from './active-release.ts'
import { eventTypeVersions } from './event-types.ts'

interface Identified {
  readonly id: number
}
const byId = { id: ({ id }: Identified) => id, compare: (a: Identified, b: Identified) => a.id - b.id }

/** Holds the series and last values that the features of the release are served from. */
export const features = table('features', {
  schema: FeatureRow,
  empty: { series: [], lasts: [], late: 0 },
  merge: (into, from): FeatureRow => ({
    series: mergedById(into.series, from.series, { ...byId, join: mergedSeries }),
    lasts: mergedById(into.lasts, from.lasts, { ...byId, join: later }),
    late: into.late + from.late,
  }),
  expires: row => row.series.length === 0 && row.lasts.length === 0 && row.late === 0,
})

/**
 * Keeps the features of each person up to date, in any order of events within the grace, and says which events came too
 * late.
 */
export const windowedFeatures = operator({
  name: 'windowed-features',
  input: { event: PersonEvent },
  output: { event: PersonEvent, late: DeadLetter },
  writes: features,
  reads: { release, versions: eventTypeVersions },
  on: {
    event({ value: event, receivedAt }, row, reads) {
      const active = compiled(reads.release)
      const onward = to('event', event)
      if (!active) return { emit: [onward] }
      const plan = featuresPlan(active.release).byEvent.get(event.type)
      const late = missedBy(event, receivedAt, active, plan)
      const emit = late === null ? [onward] : [to('late', letterOf(event, late, receivedAt)), onward]
      return plan ? { row: observed(active, row, event, receivedAt, reads), emit } : { emit }
    },
  },
})

/** What an event comes too late for; null if it comes in time for all that it is used for. */
function missedBy(
  event: PersonEvent,
  receivedAt: Time,
  { release, triggers, journeys }: CompiledRelease,
  plan: EventPlan | undefined,
): ValidationError | null {
  const missesWindows = plan?.hasWindows === true && isLate(event, receivedAt, release)
  const asks = triggers.has(event.type) || journeys.events.has(event.type)
  const asksTooLate = asks && triggersNothing(event, receivedAt, release)
  if (!missesWindows && !asksTooLate) return null
  const consequences = [
    ...(missesWindows ? ['after the grace, so it enters no window'] : []),
    ...(asksTooLate ? ['after the backfill, so it triggers nothing'] : []),
  ]
  return { reason: 'too-late', detail: `an event '${event.type}' came ${consequences.join(', and ')}` }
}

const isLate = ({ occurredAt }: PersonEvent, receivedAt: Time, { graceMs }: Release): boolean =>
  receivedAt - occurredAt > graceMs

/**
 * Adds the event to the row, and drops what no window reaches any more or no feature asks for. An event after the grace
 * enters no window, but it may still be the latest of its source.
 */
function observed(
  { release, catalog }: CompiledRelease,
  row: FeatureRow,
  event: PersonEvent,
  now: Time,
  versions: Versions,
): FeatureRow {
  const plan = featuresPlan(release)
  const own = plan.byEvent.get(event.type)!
  const data = eventFields(event, catalog.events.get(event.type)!, versions)
  const values = own.sources.map(source => valuesOf(source, data))
  // An event from the future counts as of when it was received; otherwise a wrong clock would outlast every window.
  const at = Math.min(event.occurredAt, now)
  const isWindowed = !isLate(event, now, release)
  const series = mergeJoined(plan.series, row.series, (asked, known, place) => {
    const source = isWindowed ? own.series[place]! : -1
    const grown = source < 0 ? known : grownWith(asked, known, values[source]!, at)
    return grown && prunedSeries(grown, keptFrom(asked, release.graceMs, now))
  })
  const lasts = mergeJoined(plan.lastValues, row.lasts, ({ id, timeOnly }, known, place) => {
    const source = own.lastValues[place]!
    if (source < 0) return known
    const given = values[source]!
    if (given.length === 0) return known
    const last = timeOnly
      ? { id, at, eventId: '', number: null, text: null }
      : lastOf(id, at, event.eventId, given.at(-1))
    return known ? later(known, last) : last
  })
  return { series, lasts, late: own.hasWindows && !isWindowed ? row.late + 1 : row.late }
}

/** Adds the values of an event at this time to a series. */
function grownWith(
  { id, kind, stepMs }: SeriesPlan,
  known: WindowSeries | null,
  values: readonly unknown[],
  at: Time,
): WindowSeries | null {
  const samples = aggregates[kind].samples(values)
  return samples.length === 0 ? known : grownSeries(known, id, kind, tileOf(at, stepMs), samples)
}

/** Merge-joins plans with the row's entries (both sorted by id) and maps each pair to the next entry, or to nothing. */
function mergeJoined<Plan extends { readonly id: number }, T extends { readonly id: number }>(
  plans: readonly Plan[],
  known: readonly T[],
  next: (plan: Plan, known: T | null, place: number) => T | null,
): T[] {
  const result = new Array<T>(plans.length)
  let length = 0
  let j = 0
  for (let i = 0; i < plans.length; i++) {
    const plan = plans[i]!
    while (j < known.length && known[j]!.id < plan.id) j++
    const made = next(plan, j < known.length && known[j]!.id === plan.id ? known[j]! : null, i)
    if (made !== null) result[length++] = made
  }
  result.length = length
  return result
}

const lastOf = (id: number, at: Time, eventId: string, value: unknown): FeatureLast =>
  typeof value === 'number'
    ? { id, at, eventId, number: value, text: null }
    : { id, at, eventId, number: null, text: String(value) }

/** Returns the one that is greater in (time, event id). */
const later = (a: FeatureLast, b: FeatureLast): FeatureLast =>
  a.at !== b.at ? (a.at > b.at ? a : b) : a.eventId >= b.eventId ? a : b
