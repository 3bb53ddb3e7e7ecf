import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { eventData } from '../../schemas/event-data.ts'
import { DeadLetter, type FeatureLast, FeatureRow, PersonEvent, type WindowSeries } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { table } from '../../state/table.ts'
import { aggregates } from '../../state/windows/aggregates.ts'
import { tileOf } from '../../state/windows/window.ts'
import { grownSeries, mergedSeries, prunedSeries } from '../../state/windows/window-series.ts'
import { valuesOf } from '../features/event-values.ts'
import { featuresPlan, keptFrom, type SeriesPlan } from '../features/feature-plan.ts'
import { mergedById } from '../lists/merge.ts'
import { operator } from '../operator.ts'
import { type CompiledRelease, compiled } from '../release/compiled/compiled-release.ts'
import { release } from './active-release.ts'

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

/** Keeps the features of each person up to date, in any order of events within the grace. */
export const windowedFeatures = operator({
  name: 'windowed-features',
  input: { event: PersonEvent },
  output: { event: PersonEvent, late: DeadLetter },
  writes: features,
  reads: { release },
  on: {
    event({ value: event, receivedAt }, row, reads) {
      const active = compiled(reads.release)
      const onward = { to: 'event', value: event } as const
      if (!active || !featuresPlan(active.release).byEvent.has(event.type)) return { emit: [onward] }
      if (receivedAt - event.occurredAt > active.release.graceMs)
        return {
          row: { ...row, late: row.late + 1 },
          emit: [{ to: 'late', value: tooLate(event, receivedAt) } as const, onward],
        }
      return { row: observed(active, row, event, receivedAt), emit: [onward] }
    },
  },
})

function tooLate(event: PersonEvent, at: Time): DeadLetter {
  return {
    position: event.origin,
    reason: 'too-late',
    detail: `an event '${event.type}' came after the grace: no feature takes it, all else does`,
    size: event.payload.length,
    hash: bytesToHex(sha256(event.payload)),
    at,
  }
}

/** Adds the event to the row, and drops what no window reaches any more or no feature asks for. */
function observed({ release }: CompiledRelease, row: FeatureRow, event: PersonEvent, now: Time): FeatureRow {
  const plan = featuresPlan(release)
  const own = plan.byEvent.get(event.type)!
  const data = eventData(event) as unknown as Readonly<Record<string, unknown>>
  const values = own.sources.map(source => valuesOf(source, data))
  // An event from the future counts as of when it was received; otherwise a wrong clock would outlast every window.
  const at = Math.min(event.occurredAt, now)
  const series = mergeJoined(plan.series, row.series, (asked, known, place) => {
    const source = own.series[place]!
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
  return { series, lasts, late: row.late }
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
