import { ConnectorError } from '../../topology/log/log.ts'
import { SerialQueue } from '../../topology/log/serial-queue.ts'
import { checked, unchecked } from './checksum.ts'
import { closeDirectory, type Database, type Operation, openDirectory, reason, type Snapshot } from './log-directory.ts'
import { type KeyRange, keys, numberOfSegment, offsetOfKey, segmentKey } from './log-keys.ts'

/** A segment, of records or of a changelog, by the key under which its place is found. */
export interface StoredSegment {
  readonly key: string
  readonly value: Uint8Array
}

/** A segment that was read, and where it lies. */
export interface FoundSegment extends StoredSegment {
  readonly place: string
}

/** So many places are looked up, and their segments read, at a time. */
const segmentsAtOnce = 16

/** The embedded log's engine: one writer at a time, and none any more after a write of unknown outcome. */
export class LogDatabase {
  readonly #database: Database
  /** The number of the next segment. */
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
      const [last] = await database.keys({ ...keys.places, reverse: true, limit: 1 }).all()
      return new LogDatabase(database, last === undefined ? 0 : numberOfSegment(last) + 1)
    } catch (error) {
      await closeDirectory(database)
      if (error instanceof ConnectorError) throw error
      throw new ConnectorError('log-unusable', `the log in '${directory}' can't be read: ${reason(error)}`, {
        cause: error,
      })
    }
  }

  /** Runs `work` when all that was asked for before is done. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      if (this.#failure) throw this.#failure
      return work()
    })
  }

  /**
   * Writes all or nothing: each segment where the next one lies, and its place under its key. After an error nobody knows
   * which, and to write on could overlap with what is there: the log must be opened again, which finds out.
   */
  async write(operations: readonly Operation[], segments: readonly StoredSegment[] = []): Promise<void> {
    if (operations.length + segments.length === 0) return
    const batch = operations.map(checkedOperation)
    for (const { key, value } of segments) {
      const place = segmentKey(this.#next++)
      batch.push({ type: 'put', key: place, value: checked(key, value) })
      batch.push(checkedOperation({ type: 'put', key, value: Buffer.from(place) }))
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

  /** Entries in key order, as they were when the first is asked for; throws `log-corrupt` at one that was damaged. */
  async *entries(range: KeyRange): AsyncGenerator<[string, Uint8Array]> {
    for await (const page of this.#pages(range, 256)) yield* page
  }

  /**
   * Segments in key order, up to the one in which `last` lies, as they were when the first is asked for; throws
   * `log-corrupt` at one that was damaged.
   */
  async *segments(range: KeyRange, last = offsetOfKey(range.lte)): AsyncGenerator<FoundSegment> {
    if (this.#failure) throw this.#failure
    // Of one moment with the places that lead to them: a compaction may take both away meanwhile.
    const snapshot = this.#database.snapshot()
    try {
      for await (const page of this.#pages(range, segmentsAtOnce, snapshot)) {
        const end = page.findIndex(([key]) => offsetOfKey(key) >= last)
        const wanted = end < 0 ? page : page.slice(0, end + 1)
        const places = wanted.map(([, place]) => Buffer.from(place).toString())
        const found = await this.#database.getMany(places, { snapshot }).catch(notRead)
        for (const [i, [key]] of wanted.entries())
          yield { key, place: places[i]!, value: unchecked(key, found[i] ?? Buffer.alloc(0)) }
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
        yield entries.map(([key, stored]) => [key, unchecked(key, stored)])
      }
    } catch (error) {
      if (error instanceof ConnectorError) throw error
      notRead(error)
    } finally {
      await iterator.close()
    }
  }

  /** The key of the last segment of a range. Throws `log-corrupt` when the segments don't reach so far. */
  async lastSegment(range: KeyRange): Promise<string | undefined> {
    const [entry] = await this.#database.iterator({ ...range, reverse: true, limit: 1 }).all()
    if (!entry) return undefined
    const [key, place] = entry
    // To go on would give the number, which others are led to, to another segment.
    if (numberOfSegment(Buffer.from(unchecked(key, place)).toString()) >= this.#next)
      throw new ConnectorError('log-corrupt', `what the log holds by '${key}' is gone`)
    return key
  }

  /** From now on nothing more is taken on. */
  refuse(): void {
    this.#failure ??= new ConnectorError('log-closed', 'the log is closed')
  }

  get isRefusing(): boolean {
    return this.#failure !== null
  }

  /** Waits for the writes under way, and syncs them to the disk. */
  async close(): Promise<void> {
    this.refuse()
    await this.#queue.settled()
    try {
      await this.#database.batch([{ type: 'put', key: keys.format, value: format }], { sync: true })
    } catch {
      // Whoever wrote last was told.
    }
    await closeDirectory(this.#database)
  }
}

/** Version of what is stored; no other is read. It stands without a checksum, since who can't read the rest must know it. */
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
  operation.type === 'del' ? operation : { ...operation, value: checked(operation.key, operation.value) }
