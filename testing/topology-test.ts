import { openMemoryLog } from '../connectors/embedded/memory-log.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import type { RecordType, Time, Topic } from '../schemas/record.ts'
import { decodeValue, encodeValue, typeOf } from '../schemas/wire.ts'
import { openMemoryStore } from '../state/stores/memory-store.ts'
import type { Store } from '../state/stores/store.ts'
import type { Topology } from '../topology/graph/topology.ts'
import type { Log } from '../topology/log/log.ts'
import { records } from '../topology/log/log-reader.ts'
import { type EpochOptions, EpochRunner, Interrupted } from '../topology/replay/epoch-runner.ts'
import { createTopics, writeHistory } from '../topology/replay/history-writer.ts'
import { decisionsHash, outputHash, stateHash } from '../topology/replay/run-hashes.ts'
import { assertFits } from './misfit.ts'

type Types = { readonly [type: string]: RecordType<any> }
type ValueAt<T extends Types, K extends keyof T> = T[K] extends RecordType<infer V> ? V : never

/** A record as a test reads it back. */
export interface ReadRecord<V> {
  readonly key: string
  readonly value: V
  readonly timestamp: Time
  readonly partition: number
  readonly offset: number
}

/** One record of history for a test, framed as a producer would frame it. Throws a TypeError that names the field that does not fit. */
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

/** Runs a topology on the real engine, with a log and a store in memory: no broker, no disk, no clock. */
export class TopologyTest {
  readonly log: Log
  readonly #topology: Topology
  readonly #store: Store
  readonly #options: Pick<EpochOptions, 'batch' | 'cacheRows'>
  #epochs: EpochRunner | undefined
  /** How often everything in memory was forgotten in mid-run. */
  restarts = 0

  private constructor(topology: Topology, log: Log, options: Pick<EpochOptions, 'batch' | 'cacheRows'>) {
    this.#topology = topology
    this.log = log
    this.#store = openMemoryStore()
    this.#options = options
  }

  static async open(
    topology: Topology,
    { partitions = 1, ...options }: { readonly partitions?: number } & Pick<EpochOptions, 'batch' | 'cacheRows'> = {},
  ): Promise<TopologyTest> {
    const log = openMemoryLog()
    await createTopics(log, topology, partitions)
    return new TopologyTest(topology, log, options)
  }

  /**
   * Appends history, with ticks, and runs until all is quiet. Whatever operators see is frozen. With `restartEvery`, all
   * that is in memory is forgotten after so many records, again and again, each time one later.
   */
  async run(
    history: Iterable<InputRecord>,
    {
      tickMs,
      restartEvery = 0,
      ...options
    }: { readonly tickMs?: number; readonly restartEvery?: number } & Pick<EpochOptions, 'interrupt'> = {},
  ): Promise<void> {
    await writeHistory(this.log, this.#topology, history, tickMs === undefined ? {} : { tickMs })
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

  /** Forgets everything in memory, starts anew from what was committed, and runs until all is quiet. */
  async resume(options: Pick<EpochOptions, 'interrupt'> = {}): Promise<void> {
    this.#epochs = await EpochRunner.open({
      topology: this.#topology,
      log: this.log,
      store: this.#store,
      freeze: true,
      ...this.#options,
      ...options,
    })
    await this.#epochs.drain()
  }

  /** All records of one type of a topic, partition by partition. */
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

  /** The hashes that prove that two runs came to the same. */
  async hashes(): Promise<{ outputHash: string; stateHash: string; decisionsHash: string }> {
    const { plans, tasks } = this.#epochs!
    return {
      outputHash: await outputHash(this.log, plans),
      stateHash: await stateHash(tasks),
      decisionsHash: await decisionsHash(this.log),
    }
  }
}
