import { ConnectorError } from '../../topology/log/log.ts'
import { SerialQueue } from '../../topology/log/serial-queue.ts'
import { verifiedValue, withChecksum } from './checksum.ts'
import { closeDirectory, type Database, type Operation, openDirectory, reason, type Snapshot } from './log-directory.ts'
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

/** The embedded log's engine. It allows one writer at a time, and none after a write with an unknown outcome. */
export class LogDatabase {
  readonly #database: Database
  /** The number that the next segment gets. */
  #next: number
  readonly #queue = new SerialQueue()
  #failure: ConnectorError | null = null

  private constructor(database: Database, next: number) {
    this.#database = database
    this.#next = next
  }

  static async open(directory: string, command: string): Promise<LogDatabase> {
    const database = await openDirectory(directory, command)
    try {
      await checkFormat(database)
      const [last] = await database.keys({ ...keys.locations, reverse: true, limit: 1 }).all()
      return new LogDatabase(database, last === undefined ? 0 : segmentNumber(last) + 1)
    } catch (error) {
      await closeDirectory(database)
      if (error instanceof ConnectorError) throw error
      throw new ConnectorError('log-unusable', `the log in '${directory}' can't be read: ${reason(error)}`, {
        cause: error,
      })
    }
  }

  /** Runs `work` after all earlier work is done. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      if (this.#failure) throw this.#failure
      return work()
    })
  }

  /**
   * Writes all or nothing: each segment under the next number, and its location under its index key. After a failed write
   * the outcome is unknown, so the log refuses further writes until it is reopened; recovery determines what was stored.
   */
  async write(operations: readonly Operation[], segments: readonly StoredSegment[] = []): Promise<void> {
    if (operations.length + segments.length === 0) return
    const batch = operations.map(checkedOperation)
    for (const { key, value } of segments) {
      const location = segmentKey(this.#next++)
      batch.push({ type: 'put', key: location, value: withChecksum(key, value) })
      batch.push(checkedOperation({ type: 'put', key, value: Buffer.from(location) }))
    }
    try {
      await this.#database.batch(batch)
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
    await closeDirectory(this.#database)
  }
}

/** Version of the stored format; no other is read. It has no checksum, so that other versions of JOAI can read it. */
const format = Buffer.from('4')

async function checkFormat(database: Database): Promise<void> {
  const found = await database.get(keys.format)
  if (found !== undefined && !format.equals(found))
    throw new ConnectorError('log-unusable', `the log is of format ${Buffer.from(found)}; this JOAI reads ${format}`)
  await database.put(keys.format, format)
}

function notRead(error: unknown): never {
  throw new ConnectorError('log-read-failed', `the log can't be read: ${reason(error)}`, { cause: error })
}

const checkedOperation = (operation: Operation): Operation =>
  operation.type === 'del' ? operation : { ...operation, value: withChecksum(operation.key, operation.value) }
