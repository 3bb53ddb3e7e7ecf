import type { Commit, ConnectorError, Log, LogRecord, OutputRecord, Ownership, TaskId } from '../../topology/log/log.ts'

/** A fresh log of the connector under test. */
export interface LogUnderTest {
  log: Log
  /** Closes the log and opens it again, as another process would; null where it does not outlive the process. */
  readonly reopen: (() => Promise<Log>) | null
  /**
   * For connectors that can abort: sends the outputs of a commit of the task's owner, flushed to the broker, and leaves
   * the transaction open until `abort`. Null for those whose unfinished commits never touch the log.
   */
  readonly begin: ((commit: Commit) => Promise<{ abort(): Promise<void> }>) | null
  dispose(): Promise<void>
}

/** How connectors may differ. */
export interface LogTraits {
  /** It outlives the process. */
  readonly durable: boolean
  /** An unfinished commit touches the log, and `begin` can leave one open. */
  readonly aborts: boolean
  /** What one call commits for several tasks lands together or not at all; else task by task, in order. */
  readonly together: boolean
  /** Offsets and ends of changelogs count records, and nothing else. */
  readonly dense: boolean
}

/** What the connector under test is, and the log that the running test has. */
export interface LogContext {
  readonly traits: LogTraits
  under: LogUnderTest
  log: Log
}

/** What the parts of the contract share: values are texts, and name themselves. */
export const bytes = (text: string): Uint8Array => Buffer.from(text)
/** The text of a value. */
export const text = (value: Uint8Array | null): string | null => (value === null ? null : Buffer.from(value).toString())
/** One of the four tasks that read the topic `in`. */
export const task = (partition: number): TaskId => ({ subTopology: 'deciding', topic: 'in', partition })
/** A record for the topic `out`. */
export const output = (value: string, partition = 0): OutputRecord => ({
  topic: 'out',
  partition,
  key: `key of ${value}`,
  value: bytes(value),
  timestamp: 1_500_000_000_000,
})

/** A commit in which outputs, changelog, head and position all say the same. */
export const commitOf = (owner: Ownership, position: number, values: readonly string[]): Commit => ({
  owner,
  position,
  outputs: values.map((value, i) => output(value, i % 2)),
  changelog: [{ key: 'row', value: bytes(`row at ${position}`) }],
  checkpoint: bytes(`head at ${position}`),
})

/** The code of the error, or `no error`. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: ConnectorError) => error.code,
  )

/** All that a partition holds. */
export async function readAll(log: Log, topic: string, partition: number, limit = 1000): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (;;) {
    const next = await log.read(topic, partition, (records.at(-1)?.offset ?? -1) + 1, limit)
    if (next.length === 0) return records
    records.push(...next)
  }
}

/** The texts of all that a partition holds. */
export const valuesOf = async (log: Log, partition = 0, topic = 'out'): Promise<(string | null)[]> =>
  (await readAll(log, topic, partition)).map(({ value }) => text(value))

/** All changes of a task, in order. */
export async function changelogOf(log: Log, id: TaskId, limit = 1000): Promise<[string, string | null][]> {
  const found: [string, string | null][] = []
  for (let from = 0; ; ) {
    const { entries, next } = await log.changelog(id, from, limit)
    found.push(...entries.map(({ key, value }): [string, string | null] => [key, text(value)]))
    if (next === from) return found
    from = next
  }
}

/** Records in a form that compares quickly: values as text. */
export const textsOf = async (log: Log, limit?: number): Promise<unknown[]> =>
  (await readAll(log, 'out', 0, limit)).map(({ value, ...record }) => ({ ...record, value: text(value) }))
