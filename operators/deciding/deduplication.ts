import { isReadable } from '../../schemas/catalog/event-reading.ts'
import { PersonEvent, PersonReceipt, type ReleaseRow, type SeenId, SeenRow } from '../../schemas/generated.ts'
import { days, type Time } from '../../schemas/record.ts'
import { table } from '../../state/table.ts'
import { base64urlOf } from '../hashing/digest-text.ts'
import { nameOfEvent, nameOfReceipt } from '../hashing/ids.ts'
import { sha256Of } from '../hashing/sha256.ts'
import { followedBy } from '../lists/append.ts'
import { compareText } from '../lists/compare.ts'
import { type MergeBy, mergedById } from '../lists/merge.ts'
import { newest } from '../lists/newest.ts'
import { operator, type Step } from '../operator.ts'
import { compiled } from '../release/compiled/compiled-release.ts'
import { release } from './active-release.ts'
import { seenRow1 } from './earlier-rows.ts'
import { eventTypeVersions } from './event-types.ts'

/** The most ids that a person's row remembers; the oldest are forgotten. */
export const idsMax = 10_000

/** Holds the ids of the events and receipts that were folded, for as long as a duplicate is recognised. */
export const seen = table('seen', {
  schema: SeenRow,
  version: 2,
  previous: { 1: seenRow1 },
  empty: { names: [], earlier: [], dropped: 0 },
  merge: (into, from): SeenRow => ({
    names: newest(mergedById(into.names, from.names, byTime), idsMax),
    earlier: newest(mergedById(into.earlier, from.earlier, byTime), idsMax),
    dropped: into.dropped + from.dropped,
  }),
})

const output = { event: PersonEvent, receipt: PersonReceipt }
type Emission = NonNullable<Step<SeenRow, typeof output>['emit']>[number]

/**
 * Passes on the first record of each event, consent and receipt and drops all others, so that a duplicate changes nothing.
 * One of them is known by its kind, source and id.
 */
export const deduplication = operator({
  name: 'deduplication',
  input: { event: PersonEvent, receipt: PersonReceipt },
  output,
  writes: seen,
  reads: { release, versions: eventTypeVersions },
  on: {
    event({ value, receivedAt }, row, reads) {
      const own = compiled(reads.release)?.catalog.events.get(value.type) ?? null
      if (!isReadable(value, own, reads)) return { reject: unannounced }
      const names = [nameOfEvent(value), `event\u0000${value.eventId}`] as const
      return once(row, names, receivedAt, reads.release, { to: 'event', value })
    },
    receipt: ({ value, receivedAt }, row, reads) =>
      once(
        row,
        [nameOfReceipt(value.source, value.receiptId), `receipt\u0000${value.receiptId}`],
        receivedAt,
        reads.release,
        { to: 'receipt', value },
      ),
  },
})

/** Only where records of `people` were lost, and someone let the task go on behind them. */
const unannounced = { reason: 'unknown-schema', detail: 'its version of the event type was never announced here' }

/** The time for which ids are remembered before the first release. */
const dedupDefaultMs = days(30)
/**
 * Ids are kept for this much longer than they count, because a person's records may come in another order than that of
 * their times: a later one must not make an earlier duplicate count.
 */
const keptLongerMs = days(1)

function once(
  row: SeenRow,
  [name, earlierName]: readonly [string, string],
  now: Time,
  active: ReleaseRow,
  emission: Emission,
): Step<SeenRow, typeof output> {
  const since = now - (compiled(active)?.release.dedupMs ?? dedupDefaultMs)
  const id = shortened(name)
  let remembered = row.names
  for (const known of row.names) {
    if (known.id !== id) continue
    if (known.at > since) return { row: { ...row, dropped: row.dropped + 1 } }
    remembered = row.names.filter(one => one !== known)
  }
  if (isAmong(row.earlier, earlierName, since)) return { row: { ...row, dropped: row.dropped + 1 } }
  remembered = after(remembered, since - keptLongerMs)
  const last = remembered.at(-1)
  const isLatest = !last || last.at < now
  const own = { id, at: now }
  const all = isLatest ? followedBy(remembered, own) : mergedById(remembered, [own], byTime)
  const names = newest(all, idsMax)
  const earlier = after(row.earlier, since - keptLongerMs)
  return { row: { names, earlier, dropped: row.dropped }, emit: [emission] }
}

/** PERF: mostly there are none, and nothing is hashed. */
function isAmong(ids: readonly SeenId[], name: string, since: Time): boolean {
  if (ids.length === 0) return false
  const id = shortened(name)
  return ids.some(known => known.id === id && known.at > since)
}

/**
 * Drops the ids that were seen up to this time. Ids are in order of time, so that mostly the first shows that none
 * goes.
 */
const after = (ids: readonly SeenId[], since: Time): readonly SeenId[] =>
  ids.length > 0 && ids[0]!.at <= since ? ids.filter(({ at }) => at > since) : ids

/** Ids, sorted by time; the latest time of an id counts. */
const byTime: MergeBy<SeenId, string> = {
  id: ({ id }) => id,
  join: (known, coming) => (known.at >= coming.at ? known : coming),
  compare: (a, b) => a.at - b.at || compareText(a.id, b.id),
}

/** The first 66 bits of the SHA-256, as 11 characters of base64url. */
const shortened = (name: string): string => base64urlOf(sha256Of(name), 11)
