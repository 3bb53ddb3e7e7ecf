import { openMemoryLog } from '../connectors/embedded/memory-log.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import type { RecordType, Time, Topic } from '../schemas/record.ts'
import { decodeValue, encodeValue, typeOf } from '../schemas/wire.ts'
import { openMemoryStore } from '../state/stores/memory-store.ts'
import type { Store } from '../state/stores/store.ts'
import type { Topology } from '../topology/graph/topology.ts'
import type { Log } from '../topology/log/log.ts'
import { records } from '../topology/log/log-reader.ts'
import { type HistoryRunnerOptions, Interrupted } from '../topology/replay/history-fold.ts'
import { HistoryRunner } from '../topology/replay/history-runner.ts'
import { createTopics, tickAfter, writeHistory } from '../topology/replay/history-writer.ts'
import { decisionsHash, outputHash, stateHash } from '../topology/replay/run-hashes.ts'
import { assertFits } from './misfit.ts'

type Types = { readonly [type: string]: RecordType<any> }
type ValueAt<T extends Types, K extends keyof T> = T[K] extends RecordType<infer V> ? V : never

/** A record that a test reads. */
export interface ReadRecord<V> {
  readonly key: string
  readonly value: V
  readonly timestamp: Time
  readonly partition: number
  readonly offset: number
}

/** Builds a record of any topic, framed as a producer would frame it. Throws a TypeError that names the field that does not fit. */
export function input<T extends Types, K extends keyof T & string>(
  topic: Topic<T>,
  type: K,
  value: ValueAt<T, K>,
  { key, timestamp }: { readonly key: string; readonly timestamp: Time },
): InputRecord {
  const { schema } = topic.types[type] as RecordType<ValueAt<T, K>>
  assertFits(schema, value)
  return {
    topic: topic.name,
    key,
    timestamp,
    value: encodeValue(topic.types[type] as RecordType<ValueAt<T, K>>, value),
  }
}

/** Configures a run of `TopologyTest`. */
export interface TestRunOptions {
  readonly until?: Time | { readonly multipleOf: number }
  readonly restartEvery?: number
}

function endOf(history: readonly InputRecord[], until: NonNullable<TestRunOptions['until']>): Time {
  if (typeof until === 'number') return until
  const last = history.reduce((time, { timestamp }) => Math.max(time, timestamp), 0)
  return tickAfter(last, until.multipleOf)
}

/** Configures the engine of a `TopologyTest`. The store is in memory unless one is given. */
type TestOptions = Partial<Pick<HistoryRunnerOptions, 'batch' | 'cacheRows' | 'store'>>

/** Runs a topology on the real engine with a log and a store in memory, without a broker, a disk or a clock. */
export class TopologyTest {
  readonly log: Log
  readonly #topology: Topology
  readonly #store: Store
  readonly #options: Pick<HistoryRunnerOptions, 'batch' | 'cacheRows'>
  #runner: HistoryRunner | undefined
  /** How often everything in memory was dropped during a run. */
  restarts = 0

  private constructor(topology: Topology, log: Log, { store = openMemoryStore(), ...options }: TestOptions) {
    this.#topology = topology
    this.log = log
    this.#store = store
    this.#options = options
  }

  static async open(
    topology: Topology,
    { partitions = 1, ...options }: { readonly partitions?: number } & TestOptions = {},
  ): Promise<TopologyTest> {
    if (typeof topology === 'function')
      throw new TypeError('TopologyTest.open takes a topology: open an extension as journey({ secret }, extension)')
    const log = openMemoryLog()
    await createTopics(log, topology, partitions)
    return new TopologyTest(topology, log, options)
  }

  /**
   * Appends history and runs until everything is folded, and the timers have fired that are due by the last record, or by
   * `until`: a time, or the next multiple of some milliseconds. The values that operators see are frozen. With `restartEvery`,
   * everything in memory is dropped after that many records, again and again, each time one record later.
   */
  async run(
    history: Iterable<InputRecord>,
    { until, restartEvery = 0, ...options }: TestRunOptions & Pick<HistoryRunnerOptions, 'interrupt'> = {},
  ): Promise<void> {
    const all = [...history]
    const end = until === undefined ? {} : { until: endOf(all, until) }
    await writeHistory(this.log, this.#topology, all, end)
    while (restartEvery > 0 && (await this.#isInterrupted(restartEvery + this.restarts))) this.restarts++
    if (restartEvery === 0) await this.resume(options)
  }

  async #isInterrupted(life: number): Promise<boolean> {
    try {
      await this.resume({ interrupt: records => records >= life })
      return false
    } catch (error) {
      if (error instanceof Interrupted) return true
      throw error
    }
  }

  /** Drops everything in memory, continues from the committed state, and runs until everything is folded. */
  async resume(options: Pick<HistoryRunnerOptions, 'interrupt'> = {}): Promise<void> {
    this.#runner = await HistoryRunner.open({
      topology: this.#topology,
      log: this.log,
      store: this.#store,
      freeze: true,
      ...this.#options,
      ...options,
    })
    await this.#runner.drain()
  }

  /** Reads all records of one type of a topic, partition by partition. */
  async read<T extends Types, K extends keyof T & string>(
    topic: Topic<T>,
    type: K,
  ): Promise<ReadRecord<ValueAt<T, K>>[]> {
    const found: ReadRecord<ValueAt<T, K>>[] = []
    for (let partition = 0; partition < (this.log.topics().get(topic.name) ?? 0); partition++)
      for await (const { key, value, timestamp, offset } of records(this.log, topic.name, partition))
        if (typeOf(topic, value) === type)
          found.push({
            key,
            timestamp,
            partition,
            offset,
            value: decodeValue(topic.types[type]!, value) as ValueAt<T, K>,
          })
    return found
  }

  /** Returns the hashes by which two runs are compared. */
  async hashes(): Promise<{ outputHash: string; stateHash: string; decisionsHash: string }> {
    const { plans, tasks } = this.#runner!
    return {
      outputHash: await outputHash(this.log, plans),
      stateHash: await stateHash(tasks),
      decisionsHash: await decisionsHash(this.log),
    }
  }
}
