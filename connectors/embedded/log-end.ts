import { closeSync, constants, fdatasyncSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { taskName } from '../../topology/log/log.ts'
import type { PartitionState, TaskState } from './log-state.ts'

/**
 * The end of a log. The engine stores it with each write, and a file beside it holds it once more after the write, since the
 * engine itself takes a log whose tail was cut off for one that ends earlier.
 */
export interface LogEnd {
  /** How many writes the log has taken. */
  readonly writes: number
  /** Sum of the marks of all topics, partitions and tasks: where everything stands. */
  readonly state: number
  /** Hash over the checksums of all writes, each with that of the writes before. */
  readonly chain: number
}

/** The end of a log that has taken no write. */
export const emptyEnd: LogEnd = { writes: 0, state: 0, chain: 0 }

/** Tells whether two ends are the same. */
export const isSameEnd = (a: LogEnd, b: LogEnd): boolean =>
  a.writes === b.writes && a.state === b.state && a.chain === b.chain

/** Marks where a partition ends, for `LogEnd.state`. */
export const partitionMark = (
  { topic, partition }: Pick<PartitionState, 'topic' | 'partition'>,
  end: number,
): number => (end === 0 ? 0 : crc32(`${topic}/${partition}=${end}`))

/** Marks a topic that exists, for `LogEnd.state`. */
export const topicMark = (topic: string, partitions: number): number => crc32(`${topic}:${partitions}`)

/** Marks where a task stands, given its packed position, changelog end and checkpoint, for `LogEnd.state`. */
export const taskMark = ({ task }: Pick<TaskState, 'task'>, packed: Uint8Array): number =>
  crc32(packed, crc32(taskName(task)))

const slotSize = 24

/** Encodes an end, with its checksum. */
export function packEnd({ writes, state, chain }: LogEnd): Buffer {
  const bytes = Buffer.alloc(slotSize)
  bytes.writeDoubleBE(writes, 0)
  bytes.writeUInt32BE(state, 8)
  bytes.writeUInt32BE(chain, 12)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 16), seed), 16)
  return bytes
}

/** Decodes an end; null where its checksum is wrong. */
export function unpackEnd(bytes: Uint8Array): LogEnd | null {
  if (bytes.length < slotSize) return null
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, slotSize)
  if (from.readUInt32BE(16) !== crc32(from.subarray(0, 16), seed)) return null
  return { writes: from.readDoubleBE(0), state: from.readUInt32BE(8), chain: from.readUInt32BE(12) }
}

/** Keeps a slot of zeros from looking whole. */
const seed = 1

/** The file that anchors the end of a log. It has two slots in turn, so that one is whole whenever the machine stops. */
export class LogAnchor {
  #file: number | null
  /** The end that the file held when it was opened: null where it is new or empty, 'damaged' where no slot is whole. */
  readonly found: LogEnd | null | 'damaged'

  private constructor(file: number) {
    this.#file = file
    const bytes = Buffer.alloc(2 * slotSize)
    const size = readSync(file, bytes, 0, bytes.length, 0)
    const slots = [unpackEnd(bytes.subarray(0, slotSize)), unpackEnd(bytes.subarray(slotSize))].filter(
      end => end !== null,
    )
    const latest = slots.sort((a, b) => b.writes - a.writes)[0]
    this.found = latest ?? (size === 0 ? null : 'damaged')
  }

  static open(directory: string): LogAnchor {
    return new LogAnchor(openSync(join(directory, anchorName), constants.O_RDWR | constants.O_CREAT, 0o600))
  }

  /** Writes the end of the log; with `isSynced` it is on the disk when this returns. */
  write(end: LogEnd, isSynced: boolean): void {
    if (this.#file === null) return
    writeSync(this.#file, packEnd(end), 0, slotSize, (end.writes % 2) * slotSize)
    if (isSynced) fdatasyncSync(this.#file)
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }
}

/** The name of the anchor in the folder of a log. */
export const anchorName = 'anchor'
