import { channelsAmong, sendsOn, topics } from '../../schemas/topics.ts'
import type { Cause, Log, LogRecord } from '../../topology/log/log.ts'
import { PartitionReader, type ReadableLog } from '../../topology/log/log-reader.ts'

const { people, decisions, rewards } = topics

/** The topics that deciding writes, besides the rows that it forwards on `people`. */
const outputsOf = (log: Log): readonly string[] => [
  ...[decisions.name, rewards.name],
  ...channelsAmong(log.topics().keys()).map(channel => sendsOn(channel).name),
]

/**
 * The part of a log that is decided. A run may be writing meanwhile: what it has read and not yet committed, and what comes
 * while the audit reads, is work under way, and judged by the audit after it.
 */
export interface Extent {
  /** The log as it ended when the audit began, on `people` no further than it is decided. */
  readonly log: ReadableLog
  /** The first record of each partition of `people` that is not judged; null where all are. */
  readonly cuts: readonly (number | null)[]
  /** The number of offsets of `people` that are not judged. */
  readonly undecided: number
  /** Whether a record was written by work that is not judged. */
  isUnderWay(cause: Cause | undefined): boolean
  /** Reads the records of `people` that are not judged, as far as they were there when the audit began. */
  rest(): AsyncGenerator<LogRecord>
}

/** Finds out how far a log is decided, from the positions that deciding has committed. */
export async function extentOf(log: Log): Promise<Extent> {
  const partitions = Array.from({ length: log.topics().get(people.name) ?? 0 }, (_, partition) => partition)
  const tasks = partitions.map(partition => ({ subTopology: 'deciding', topic: people.name, partition }))
  // In this order: what is written before the positions were taken must be visible, and what comes after must not count.
  const outputs = outputsOf(log)
  const positions = await log.settledPositions(tasks, [people.name, ...outputs])
  const ends = await endsOf(log, outputs)
  const present = await Promise.all(partitions.map(partition => log.end(people.name, partition)))
  const decided = decidedUntil(
    positions,
    [...ends.values()].every(end => end === 0),
  )
  const cuts = decided.map((position, partition) => (position < present[partition]! ? position : null))
  await close(log, cuts, present)
  for (const [partition, cut] of cuts.entries()) ends.set(`${people.name}/${partition}`, cut ?? present[partition]!)
  return {
    log: boundedLog(log, ends),
    cuts,
    undecided: cuts.reduce<number>((sum, cut, partition) => sum + (cut === null ? 0 : present[partition]! - cut), 0),
    isUnderWay: cause => isBeyond(cause, cuts),
    async *rest() {
      for (const [partition, cut] of cuts.entries())
        if (cut !== null) yield* new PartitionReader(log, people.name, partition, cut).records(present[partition]!)
    },
  }
}

/**
 * Returns up to where each partition is decided. A log without any position is a copy, and judged whole, unless it holds
 * nothing that was decided.
 */
function decidedUntil(positions: readonly (number | null)[], isUntouched: boolean): readonly number[] {
  const isCopy = positions.every(position => position === null) && !isUntouched
  return positions.map(position => position ?? (isCopy ? Number.POSITIVE_INFINITY : 0))
}

/** Moves cuts back until nothing before a cut was caused by something behind one, as forwarded records and rows may be. */
async function close(log: Log, cuts: (number | null)[], present: readonly number[]): Promise<void> {
  if (cuts.length < 2) return
  for (let isClosed = cuts.every(cut => cut === null); !isClosed; ) {
    isClosed = true
    for (const [partition, cut] of cuts.entries())
      for await (const { offset, cause } of new PartitionReader(log, people.name, partition).records(
        cut ?? present[partition]!,
      )) {
        if (!isBeyond(cause, cuts)) continue
        cuts[partition] = offset
        isClosed = false
        break
      }
  }
}

function isBeyond(cause: Cause | undefined, cuts: readonly (number | null)[]): boolean {
  const [, partition] = /^deciding\/people\/(\d+)/.exec(cause?.source ?? '') ?? []
  const cut = cuts[Number(partition)] ?? null
  return cut !== null && cause!.position >= cut
}

async function endsOf(log: Log, names: readonly string[]): Promise<Map<string, number>> {
  const ends = new Map<string, number>()
  for (const name of names)
    for (let partition = 0; partition < (log.topics().get(name) ?? 0); partition++)
      ends.set(`${name}/${partition}`, await log.end(name, partition))
  return ends
}

/** Shows a log whose partitions end at these offsets; others end where they do. */
const boundedLog = (log: Log, ends: ReadonlyMap<string, number>): ReadableLog => ({
  topics: () => log.topics(),
  start: (topic, partition) => log.start(topic, partition),
  end: async (topic, partition) => ends.get(`${topic}/${partition}`) ?? (await log.end(topic, partition)),
  read: (topic, partition, from, limit) => log.read(topic, partition, from, limit),
})
