import { ConnectorError } from '../topology/ports.ts'
import { checked, unchecked } from './checksum.ts'
import { closeDirectory, type Database, type Operation, openDirectory, reason } from './log-directory.ts'
import { type KeyRange, keys } from './log-keys.ts'

/** The embedded log's engine: one writer at a time, and none any more after a write of unknown outcome. */
export class LogDatabase {
  readonly #database: Database
  #queue: Promise<unknown> = Promise.resolve()
  #failure: ConnectorError | null = null

  private constructor(database: Database) {
    this.#database = database
  }

  static async open(directory: string, command: string): Promise<LogDatabase> {
    return new LogDatabase(await openDirectory(directory, command))
  }

  /** Runs `work` when all that was asked for before is done. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => {
      if (this.#failure) throw this.#failure
      return work()
    })
    this.#queue = result.catch(() => undefined)
    return result
  }

  /**
   * Writes all or nothing. After an error nobody knows which, and to write on could overlap with what is there: the log
   * must be opened again, which finds out.
   */
  async write(operations: readonly Operation[]): Promise<void> {
    if (operations.length === 0) return
    try {
      await this.#database.batch(operations.map(checkedOperation))
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
    if (this.#failure) throw this.#failure
    if (range.gte > range.lte) return
    const iterator = this.#database.iterator({ ...range, highWaterMarkBytes: 256 * 1024 })
    try {
      for (;;) {
        const entries = await iterator.nextv(256)
        if (entries.length === 0) return
        for (const [key, stored] of entries) yield [key, key === keys.format ? stored : unchecked(key, stored)]
      }
    } catch (error) {
      if (error instanceof ConnectorError) throw error
      throw new ConnectorError('log-read-failed', `the log can't be read: ${reason(error)}`, { cause: error })
    } finally {
      await iterator.close()
    }
  }

  async lastKey(range: KeyRange): Promise<string | undefined> {
    const [key] = await this.#database.keys({ ...range, reverse: true, limit: 1 }).all()
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
    await this.#queue
    try {
      await this.#database.batch([{ type: 'put', key: keys.format, value: format }], { sync: true })
    } catch {
      // Whoever wrote last was told.
    }
    await closeDirectory(this.#database)
  }
}

/** Version of what is stored; no other is read. It stands without a checksum, since who can't read the rest must know it. */
export const format = Buffer.from('2')

const checkedOperation = (operation: Operation): Operation =>
  operation.type === 'del' || operation.key === keys.format
    ? operation
    : { ...operation, value: checked(operation.key, operation.value) }
