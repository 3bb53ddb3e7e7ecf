import type { Commit, ConnectorError, Log, LogRecord, OutputRecord, Ownership, TaskId } from '../../topology/log/log.ts'

/** A new log of the connector under test. */
export interface LogUnderTest {
  log: Log
  /** Closes the log and opens it again, as another process would; null where the log ends with the process. */
  readonly reopen: (() => Promise<Log>) | null
  /**
   * For connectors with transactions: sends the outputs of a commit to the broker, and leaves the transaction open until
   * `abort`. Null for connectors whose unfinished commits never reach the log.
   */
  readonly begin: ((commit: Commit) => Promise<{ abort(): Promise<void> }>) | null
  dispose(): Promise<void>
}

/** The ways in which connectors may differ. */
export interface LogTraits {
  /** Whether the log outlives its process. */
  readonly durable: boolean
  /** Whether an unfinished commit reaches the log, so that `begin` can leave one open. */
  readonly aborts: boolean
  /** Whether one call commits several tasks all or nothing; otherwise it commits them one by one, in order. */
  readonly together: boolean
  /** Whether offsets and the ends of changelogs count records only. */
  readonly dense: boolean
}

/** The properties of the connector under test, and the log of the current test. */
export interface LogContext {
  readonly traits: LogTraits
  under: LogUnderTest
  log: Log
}

/** Helpers that the parts of the contract share. Values are texts that name themselves. */
export const bytes = (text: string): Uint8Array => Buffer.from(text)
/** Decodes a value to its text. */
export const text = (value: Uint8Array | null): string | null => (value === null ? null : Buffer.from(value).toString())
/** Returns one of the four tasks that read the topic `in`. */
export const task = (partition: number): TaskId => ({ subTopology: 'deciding', topic: 'in', partition })
/** Makes a record for the topic `out`. */
export const output = (value: string, partition = 0): OutputRecord => ({
  topic: 'out',
  partition,
  key: `key of ${value}`,
  value: bytes(value),
  timestamp: 1_500_000_000_000,
})

/** Makes a commit whose outputs, changelog, checkpoint and position all hold the same number. */
export const commitOf = (owner: Ownership, position: number, values: readonly string[]): Commit => ({
  owner,
  position,
  outputs: values.map((value, i) => output(value, i % 2)),
  changelog: [{ key: 'row', value: bytes(`row at ${position}`) }],
  checkpoint: bytes(`checkpoint at ${position}`),
})

/** Returns the code of the error, or `no error`. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: ConnectorError) => error.code,
  )

/** Reads all records of a partition. */
export async function readAll(log: Log, topic: string, partition: number, limit = 1000): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (;;) {
    const next = await log.read(topic, partition, (records.at(-1)?.offset ?? -1) + 1, limit)
    if (next.length === 0) return records
    records.push(...next)
  }
}

/** Reads the texts of all records of a partition. */
export const valuesOf = async (log: Log, partition = 0, topic = 'out'): Promise<(string | null)[]> =>
  (await readAll(log, topic, partition)).map(({ value }) => text(value))

/** Reads all changes of a task, in order. */
export async function changelogOf(log: Log, id: TaskId, limit = 1000): Promise<[string, string | null][]> {
  const found: [string, string | null][] = []
  for (let from = 0; ; ) {
    const { entries, next } = await log.changelog(id, from, limit)
    found.push(...entries.map(({ key, value }): [string, string | null] => [key, text(value)]))
    if (next === from) return found
    from = next
  }
}

/** Converts records to a form that compares quickly, with values as text. */
export const textsOf = async (log: Log, limit?: number): Promise<unknown[]> =>
  (await readAll(log, 'out', 0, limit)).map(({ value, ...record }) => ({ ...record, value: text(value) }))
