import { type TaskId, taskName } from '../../topology/log/log.ts'

/** Fixed width, so that keys order as offsets do: 14 hex digits hold 2^53. */
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
 * Keys of the embedded log. `!` sorts before, and stands in no name. Segments, of records and of changelogs, lie in front of
 * all else, numbered in the order of time: the engine merges tables whose keys overlap, and those of older segments overlap
 * with nothing that is written later. With keys by partition or task each of them was written again and again.
 */
export const keys = {
  format: 'format',
  places: { gte: '!', lte: '!~' } satisfies KeyRange,
  topic: (topic: string): string => `topic!${topic}`,
  topics: { gte: 'topic!', lte: 'topic!~' } satisfies KeyRange,
  /** Position, head and changelog end of a task. */
  task: (task: TaskId): string => `task!${taskName(task)}`,
  tasks: { gte: 'task!', lte: 'task!~' } satisfies KeyRange,
  /** Where a segment lies is found by its last offset, so that a read seeks right to it. */
  segment: (topic: string, partition: number, last: number): string =>
    `log!${topic}!${hex(partition, 4)}!${hex(last, 14)}`,
  segments: (topic: string, partition: number, from: number, last: number): KeyRange =>
    rangeOf(`log!${topic}!${hex(partition, 4)}!`, from, last),
  /** Where a segment of a changelog lies is found in the same way. */
  changelog: (task: TaskId, last: number): string => `changelog!${taskName(task)}!${hex(last, 14)}`,
  changelogs: (task: TaskId, from: number, last: number): KeyRange =>
    rangeOf(`changelog!${taskName(task)}!`, from, last),
  /** How far a changelog was compacted, and what was left. */
  compaction: (task: TaskId): string => `compaction!${taskName(task)}`,
}

/** Key of a segment: segments of all partitions and changelogs are numbered together. */
export const segmentKey = (number: number): string => `!${hex(number, 14)}`

export const numberOfSegment = (place: string): number => Number.parseInt(place.slice(1), 16)

/** The offset at the end of a key. */
export const offsetOfKey = (key: string): number => Number.parseInt(key.slice(-14), 16)

/** The last part of a key. */
export const nameOfKey = (key: string): string => key.slice(key.indexOf('!') + 1)
