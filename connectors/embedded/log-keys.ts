import { type TaskId, taskName } from '../../topology/log/log.ts'

/** Writes a number in hex with a fixed width, so that keys sort as numbers do. 14 digits hold 2^53. */
const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0')

/** A range of keys, from inclusive to inclusive. */
export interface KeyRange {
  readonly gte: string
  readonly lte: string
}

const rangeOf = (prefix: string, from: number, last: number): KeyRange => ({
  gte: `${prefix}${hex(from, 14)}`,
  lte: `${prefix}${hex(last, 14)}`,
})

/**
 * Keys of the embedded log. `!` sorts before all characters of names, and occurs in none. Segments of records and changelogs
 * come first. Their keys grow monotonically, so new SSTables never overlap old ones and compaction does not rewrite them.
 * Keys by partition caused constant rewriting.
 */
export const keys = {
  format: 'format',
  /** How many writes the log has taken, and where everything stands after them. */
  end: 'end',
  locations: { gte: '!', lte: '!~' } satisfies KeyRange,
  topic: (topic: string): string => `topic!${topic}`,
  topics: { gte: 'topic!', lte: 'topic!~' } satisfies KeyRange,
  /** Position, checkpoint and changelog end of a task. */
  task: (task: TaskId): string => `task!${taskName(task)}`,
  tasks: { gte: 'task!', lte: 'task!~' } satisfies KeyRange,
  /** Index key of a segment. It ends in the segment's last offset, so that a read seeks directly to it. */
  segment: (topic: string, partition: number, last: number): string =>
    `log!${topic}!${hex(partition, 4)}!${hex(last, 14)}`,
  segments: (topic: string, partition: number, from: number, last: number): KeyRange =>
    rangeOf(`log!${topic}!${hex(partition, 4)}!`, from, last),
  /** Index key of a changelog segment. */
  changelog: (task: TaskId, last: number): string => `changelog!${taskName(task)}!${hex(last, 14)}`,
  changelogs: (task: TaskId, from: number, last: number): KeyRange =>
    rangeOf(`changelog!${taskName(task)}!`, from, last),
  /** How far a changelog was compacted, and how many entries remained. */
  compaction: (task: TaskId): string => `compaction!${taskName(task)}`,
}

/** Location of a segment. The segments of all partitions and changelogs are numbered together. */
export const segmentKey = (number: number): string => `!${hex(number, 14)}`

/** Returns the number in a location. */
export const segmentNumber = (location: string): number => Number.parseInt(location.slice(1), 16)

/** Returns the offset at the end of an index key. */
export const offsetOfKey = (key: string): number => Number.parseInt(key.slice(-14), 16)

/** Returns the part of a key after its first `!`. */
export const nameOfKey = (key: string): string => key.slice(key.indexOf('!') + 1)
