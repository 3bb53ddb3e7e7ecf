import { crc32 } from 'node:zlib'
import { ConnectorError } from '../../topology/log/log.ts'
import { SerialQueue } from '../../topology/log/serial-queue.ts'
import { verifiedValue, withChecksum } from './checksum.ts'
import { closeDirectory, type Database, type Operation, openDirectory, reason, type Snapshot } from './log-directory.ts'
import { emptyEnd, isSameEnd, LogAnchor, type LogEnd, packEnd, unpackEnd } from './log-end.ts'
import { type KeyRange, keys, offsetOfKey, segmentKey, segmentNumber } from './log-keys.ts'

/** A segment of records or of a changelog, and the index key under which its location is stored. */
export interface StoredSegment {
  readonly key: string
  readonly value: Uint8Array
}

/** A segment that was read, and its location: the key under which the engine stores it. */
export interface FoundSegment extends StoredSegment {
  readonly location: string
}

/** The number of segments that are looked up and read together. */
const segmentsAtOnce = 16

/** Configures the engine. */
export interface DatabaseOptions {
  /** The folder that messages name, where that is not the one that is opened. */
  readonly place?: string
  /** Names the work of this process, for the message of other processes that find the log locked. */
  readonly command?: string
  /** Whether each write is on the disk before it counts as done. */
  readonly isSynced?: boolean
  /** Called where the log could be opened, but something about it can't be confirmed. */
  readonly warn?: (text: string) => void
}

/** The embedded log's engine. It allows one writer at a time, and none after a write with an unknown outcome. */
export class LogDatabase {
  readonly #database: Database
  /** The number that the next segment gets. */
  #next: number
  #end: LogEnd
  readonly #anchor: LogAnchor
  readonly #isSynced: boolean
  readonly #queue = new SerialQueue()
  #failure: ConnectorError | null = null

  private constructor(database: Database, next: number, end: LogEnd, anchor: LogAnchor, isSynced: boolean) {
    this.#database = database
    this.#next = next
    this.#end = end
    this.#anchor = anchor
    this.#isSynced = isSynced
  }

  static async open(directory: string, options: DatabaseOptions = {}): Promise<LogDatabase> {
    const { place = directory, command = '', isSynced = false, warn = () => undefined } = options
    const database = await openDirectory(directory, command, place)
    try {
      await checkFormat(database)
      const [last] = await database.keys({ ...keys.locations, reverse: true, limit: 1 }).all()
      const end = await storedEnd(database)
      const anchor = LogAnchor.open(directory)
      try {
        checkEnd(place, end, anchor.found, warn)
        anchor.write(end, isSynced)
      } catch (error) {
        anchor.close()
        throw error
      }
      return new LogDatabase(database, last === undefined ? 0 : segmentNumber(last) + 1, end, anchor, isSynced)
    } catch (error) {
      await closeDirectory(database)
      if (error instanceof ConnectorError) throw error
      throw new ConnectorError('log-unusable', `the log in '${place}' can't be read: ${reason(error)}`, {
        cause: error,
      })
    }
  }

  /** Where the log stands after its last write. */
  get end(): LogEnd {
    return this.#end
  }

  /** Begins the end of a log that has none yet: it is new, or an earlier version wrote it. */
  startEnd(state: number): void {
    this.#end = { ...emptyEnd, state }
  }

  /** Runs `work` after all earlier work is done. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      if (this.#failure) throw this.#failure
      return work()
    })
  }

  /**
   * Writes all or nothing: each segment under the next number, and its location under its index key. `state` is the sum of
   * marks after the write. After a failed write the outcome is unknown, so the log refuses further writes until it is reopened; recovery determines what was stored.
   */
  async write(
    operations: readonly Operation[],
    segments: readonly StoredSegment[] = [],
    state = this.#end.state,
  ): Promise<void> {
    if (operations.length + segments.length === 0) return
    const batch = operations.map(checkedOperation)
    for (const { key, value } of segments) {
      const location = segmentKey(this.#next++)
      batch.push({ type: 'put', key: location, value: withChecksum(key, value) })
      batch.push(checkedOperation({ type: 'put', key, value: Buffer.from(location) }))
    }
    const end: LogEnd = { writes: this.#end.writes + 1, state, chain: chained(this.#end.chain, batch) }
    batch.push(checkedOperation({ type: 'put', key: keys.end, value: packEnd(end) }))
    try {
      await this.#database.batch(batch, { sync: this.#isSynced })
      // The anchor is written before the write counts as done, so that a tail can't be cut off unseen.
      this.#anchor.write(end, this.#isSynced)
      this.#end = end
    } catch (error) {
      this.#failure = new ConnectorError('log-failed', `a write failed, open the log again: ${reason(error)}`, {
        retryable: true,
        cause: error,
      })
      throw this.#failure
    }
  }

  /** Yields entries in key order, as of the first request. Throws `log-corrupt` at a damaged one. */
  async *entries(range: KeyRange): AsyncGenerator<[string, Uint8Array]> {
    for await (const page of this.#pages(range, 256)) yield* page
  }

  /**
   * Yields segments in key order, up to the one that contains `last`, as of the first request. Throws `log-corrupt` at a
   * damaged one.
   */
  async *segments(range: KeyRange, last = offsetOfKey(range.lte)): AsyncGenerator<FoundSegment> {
    if (this.#failure) throw this.#failure
    // Locations and segments are read from one snapshot, because a compaction may delete both meanwhile.
    const snapshot = this.#database.snapshot()
    try {
      for await (const page of this.#pages(range, segmentsAtOnce, snapshot)) {
        const end = page.findIndex(([key]) => offsetOfKey(key) >= last)
        const wanted = end < 0 ? page : page.slice(0, end + 1)
        const locations = wanted.map(([, location]) => Buffer.from(location).toString())
        const found = await this.#database.getMany(locations, { snapshot }).catch(notRead)
        for (const [i, [key]] of wanted.entries())
          yield { key, location: locations[i]!, value: verifiedValue(key, found[i] ?? Buffer.alloc(0)) }
        if (end >= 0) return
      }
    } finally {
      await snapshot.close()
    }
  }

  async *#pages(range: KeyRange, size: number, snapshot?: Snapshot): AsyncGenerator<[string, Uint8Array][]> {
    if (this.#failure) throw this.#failure
    if (range.gte > range.lte) return
    const iterator = this.#database.iterator({ ...range, highWaterMarkBytes: 256 * 1024, snapshot })
    try {
      for (;;) {
        const entries = await iterator.nextv(size)
        if (entries.length === 0) return
        yield entries.map(([key, stored]) => [key, verifiedValue(key, stored)])
      }
    } catch (error) {
      if (error instanceof ConnectorError) throw error
      notRead(error)
    } finally {
      await iterator.close()
    }
  }

  /** Returns the index key of the last segment of a range. Throws `log-corrupt` when that segment is missing. */
  async lastSegment(range: KeyRange): Promise<string | undefined> {
    const [entry] = await this.#database.iterator({ ...range, reverse: true, limit: 1 }).all()
    if (!entry) return undefined
    const [key, location] = entry
    // Without this check another segment would get the number to which this key already leads.
    if (segmentNumber(Buffer.from(verifiedValue(key, location)).toString()) >= this.#next)
      throw new ConnectorError('log-corrupt', `the segment that '${key}' leads to is missing`)
    return key
  }

  /** Makes all further work fail with `log-closed`. */
  stopAccepting(): void {
    this.#failure ??= new ConnectorError('log-closed', 'the log is closed')
  }

  get isClosed(): boolean {
    return this.#failure !== null
  }

  /** Waits for the current writes, and syncs them to the disk. */
  async close(): Promise<void> {
    this.stopAccepting()
    await this.#queue.settled()
    try {
      await this.#database.batch([{ type: 'put', key: keys.format, value: format }], { sync: true })
    } catch {
      // The last writer has already received the error.
    }
    this.#anchor.close()
    await closeDirectory(this.#database)
  }
}

async function storedEnd(database: Database): Promise<LogEnd> {
  const stored = await database.get(keys.end)
  if (stored === undefined) return emptyEnd
  const end = unpackEnd(verifiedValue(keys.end, stored))
  if (end === null) throw new ConnectorError('log-corrupt', `what the log holds under '${keys.end}' is no end`)
  return end
}

/** Compares the end that the engine found with the one that the anchor holds. Throws `log-cut`. */
function checkEnd(
  directory: string,
  end: LogEnd,
  anchored: LogEnd | null | 'damaged',
  warn: (text: string) => void,
): void {
  if (anchored === null || anchored === 'damaged') {
    if (anchored === 'damaged' || end.writes > 0)
      warn(
        `the log in '${directory}' has no whole anchor, so a loss at its end would not be seen; it has a new one now`,
      )
    return
  }
  const lost = anchored.writes - end.writes
  if (lost > 0 || (lost === 0 && !isSameEnd(end, anchored)))
    throw new ConnectorError(
      'log-cut',
      `the log in '${directory}' has lost ${lost > 0 ? `its last ${lost} writes` : 'what it ended with'}: restore it from a copy, or accept the loss by deleting the file 'anchor' there`,
    )
  // A process that is killed between a write and its anchor leaves one write more.
  if (lost < -1) warn(`the anchor of the log in '${directory}' is older than the log; it has a new one now`)
}

function chained(chain: number, batch: readonly Operation[]): number {
  let hash = chain
  for (const operation of batch) hash = operation.type === 'put' ? crc32(operation.value.subarray(-4), hash) : hash
  return hash
}

/**
 * Versions of the stored format that are read; the first is written. In the other one no end was kept, so a version of JOAI
 * that knows no other must not write on. The format has no checksum, so that other versions of JOAI can read it.
 */
const formats = ['5', '4']

async function checkFormat(database: Database): Promise<void> {
  const found = await database.get(keys.format)
  if (found !== undefined && !formats.includes(Buffer.from(found).toString()))
    throw new ConnectorError(
      'log-unusable',
      `the log is of format ${Buffer.from(found)}; this JOAI reads ${formats.join(' and ')}`,
    )
  await database.put(keys.format, format)
}

const format = Buffer.from(formats[0]!)

function notRead(error: unknown): never {
  throw new ConnectorError('log-read-failed', `the log can't be read: ${reason(error)}`, { cause: error })
}

const checkedOperation = (operation: Operation): Operation =>
  operation.type === 'del' ? operation : { ...operation, value: withChecksum(operation.key, operation.value) }
