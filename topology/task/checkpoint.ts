import { createHash } from 'node:crypto'
import type { Time } from '../../schemas/record.ts'
import type { LogRecord } from '../log/log.ts'

/** Where a task stands, committed with every batch: what a start must find again, or stop. */
export interface Checkpoint {
  readonly position: number
  /** How many records went from this task to each target partition. */
  readonly sent: Readonly<Record<string, number>>
  /** The count of the last record from each source. */
  readonly received: Readonly<Record<string, number>>
  /** The last tick of each source. */
  readonly ticks: Readonly<Record<string, Time>>
  readonly topologyVersion: string
  readonly runtimeVersion: string
  /** Of the last input record. */
  readonly fingerprint: string
  /** The versions of rows that may be there, as `table@version`; absent where an earlier version of JOAI committed last. */
  readonly rows?: readonly string[]
}

export const emptyCheckpoint = (topologyVersion: string, runtimeVersion: string): Checkpoint => ({
  position: 0,
  sent: {},
  received: {},
  ticks: {},
  topologyVersion,
  runtimeVersion,
  fingerprint: '',
})

/** Code, Node and format: another one is an upgrade, noted in the head and nowhere else. */
export const runtimeVersion = `rows-1/node-${process.versions.node.split('.')[0]}`

export const encodeCheckpoint = (checkpoint: Checkpoint): Uint8Array => Buffer.from(JSON.stringify(checkpoint))
export const decodeCheckpoint = (bytes: Uint8Array): Checkpoint =>
  JSON.parse(Buffer.from(bytes).toString('utf8')) as Checkpoint

/** Tells whether the record before the position is still the one that was folded. */
export const fingerprintOf = (record: LogRecord): string =>
  createHash('sha256')
    .update(`${record.offset} ${record.timestamp} ${record.key}\n`)
    .update(record.value)
    .digest('hex')
    .slice(0, 16)

/** What the log holds does not fit what the task committed. Nothing is reset: someone has to look. */
export class TaskStopped extends Error {
  /** Stable; each has a heading in docs/errors.md. */
  readonly code:
    | 'gap'
    | 'head-mismatch'
    | 'fingerprint-mismatch'
    | 'position-missing'
    | 'out-of-range'
    | 'unreadable-record'
    | 'row-version'
  constructor(code: TaskStopped['code'], task: string, detail: string, options?: ErrorOptions) {
    super(`task ${task} stopped: ${detail}`, options)
    this.name = 'TaskStopped'
    this.code = code
  }
}
