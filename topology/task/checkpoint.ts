import { createHash } from 'node:crypto'
import type { Time } from '../../schemas/record.ts'
import type { LogRecord } from '../log/log.ts'

/**
 * Records a task's state between batches. It is committed with every batch, and a task that starts must find the log as
 * it says, or stop.
 */
export interface Checkpoint {
  readonly position: number
  /** Counts the records that went from this task to each target partition. */
  readonly sent: Readonly<Record<string, number>>
  /** The count of the last record from each source. */
  readonly received: Readonly<Record<string, number>>
  /** The last tick of each source. */
  readonly ticks: Readonly<Record<string, Time>>
  readonly topologyVersion: string
  readonly runtimeVersion: string
  /** The fingerprint of the last input record. */
  readonly fingerprint: string
  /**
   * The versions of rows that may be there, as `table@version`; absent where an earlier version of JOAI committed last.
   */
  readonly rows?: readonly string[]
  /** The id of the input topic, where the cluster gives topics ids. */
  readonly topicId?: string
  /** The offset of the last record that was folded ahead of its place, while the position has not passed it. */
  readonly ahead?: number
}

/** Makes the checkpoint of a task that has folded nothing. */
export const emptyCheckpoint = (topologyVersion: string, runtimeVersion: string): Checkpoint => ({
  position: 0,
  sent: {},
  received: {},
  ticks: {},
  topologyVersion,
  runtimeVersion,
  fingerprint: '',
})

/** Names the format of rows and the version of Node. Another one is an upgrade; only checkpoints note it. */
export const runtimeVersion = `rows-1/node-${process.versions.node.split('.')[0]}`

/** Encodes a checkpoint as JSON. */
export const encodeCheckpoint = (checkpoint: Checkpoint): Uint8Array => Buffer.from(JSON.stringify(checkpoint))
/** Decodes a checkpoint. */
export const decodeCheckpoint = (bytes: Uint8Array): Checkpoint =>
  JSON.parse(Buffer.from(bytes).toString('utf8')) as Checkpoint

/** Computes a fingerprint over stored bytes, which shows whether the record before the position is still the one that was folded. */
export const fingerprintOf = ({ offset, timestamp, key, value, stored }: LogRecord): string =>
  createHash('sha256')
    .update(`${offset} ${timestamp} ${key}\n`)
    .update(stored ?? value)
    .digest('hex')
    .slice(0, 16)

/** Tells whether a checkpoint means this record. Earlier versions took the fingerprint after schema ids had been translated. */
export function isFingerprintOf(fingerprint: string, record: LogRecord): boolean {
  const { stored: _, ...translated } = record
  return fingerprint === fingerprintOf(record) || fingerprint === fingerprintOf(translated)
}

/** The log contradicts the task's checkpoint. The task stops and resets nothing; an operator must investigate. */
export class TaskStopped extends Error {
  /** Stable. Each code has a heading in docs/errors.md. */
  readonly code:
    | 'gap'
    | 'head-mismatch'
    | 'fingerprint-mismatch'
    | 'position-missing'
    | 'topic-replaced'
    | 'out-of-range'
    | 'unreadable-record'
    | 'row-version'
    | 'stuck'
  constructor(code: TaskStopped['code'], task: string, detail: string, options?: ErrorOptions) {
    super(`task ${task} stopped: ${detail}`, options)
    this.name = 'TaskStopped'
    this.code = code
  }
}
