import { setTimeout as delay } from 'node:timers/promises'
import { Cluster } from '../connectors/kafka/cluster.ts'
import { topics } from '../schemas/topics.ts'
import { connectionOf } from '../scripts/logs/cluster.ts'
import { BenchApplication, type Machine } from './application.ts'
import { benchCustomers, type Customers } from './customers.ts'
import { Decisions, type SeenDecision } from './decisions.ts'
import { type Hop, hopsBetween } from './hops.ts'
import { Load } from './load.ts'
import type { BenchEnvironment } from './own-broker.ts'
import { childSeconds, ownSeconds } from './processor-time.ts'

export interface KafkaBenchOptions {
  readonly partitions: number
  /** Customers who are known before the measurement. */
  readonly persons: number
  /** Length of each measurement. */
  readonly seconds: number
  /** Length of the same measurements before, which do not count: Java compiles what it runs often. */
  readonly warmUpSeconds: number
  readonly repeats: number
  readonly release: string
}

/** Processor seconds that each party used per second of time. */
export interface Processors {
  readonly worker: number
  /** Null where it can't be measured. */
  readonly broker: number | null
  /** The process that appends events and reads decisions. */
  readonly driver: number
}

/** Figures of one repeat. */
export interface KafkaRun {
  readonly maximum: {
    readonly eventsPerSecond: number
    readonly eventsPerWorkerSecond: number
    readonly processors: Processors
  }
  readonly half: {
    readonly eventsPerSecond: number
    readonly decisions: number
    /** Latencies in ms from the broker's append of the event: to its append of the decision, and to a subscriber's read. */
    readonly appendedMs: readonly number[]
    readonly committedMs: readonly number[]
    readonly hops: readonly Hop[]
    readonly processors: Processors
  }
}

/** One event in this many is an order, and asks for a decision. */
const eventsPerDecision = 4
/** Events that wait while the maximum is measured, enough that no hop runs out of work. */
const backlog = 10_000
const chunk = 500
/** Time until a load is steady: stores still write the rest of the load before it. */
const settlingMs = 5000

/** Measures the highest throughput of one worker, and latencies at half of it, on a broker on the same machine. */
export async function kafkaBench(
  options: KafkaBenchOptions,
  { broker, folder, progress }: BenchEnvironment,
): Promise<KafkaRun[]> {
  const { partitions, persons, seconds, warmUpSeconds, repeats, release } = options
  const application = await BenchApplication.deploy(folder, { brokers: broker.brokers, partitions })
  await stampDecisions(application)
  const worker = await application.start()
  await worker.ready()
  const log = await application.openLog()
  await application.release(log, release)
  const seen: SeenDecision[] = []
  const decisions = await Decisions.follow(log, one => seen.push(one))
  const load = await Load.open(application.config, endlessEvents(persons))
  const bench = new Bench(worker, load, decisions, seen)
  progress(`making ${persons} customers known`)
  await bench.flood(() => load.appended >= persons)
  progress(`warming up for ${2 * warmUpSeconds} s`)
  await bench.run(warmUpSeconds)
  const runs: KafkaRun[] = []
  for (let n = 1; n <= repeats; n++) {
    const run = await bench.run(seconds)
    progress(`repeat ${n}: at most ${run.maximum.eventsPerSecond.toFixed(0)} events/s`)
    runs.push(run)
  }
  await decisions.close()
  await Promise.all([load.close(), log.close(), worker.stop()])
  return runs
}

/** Makes events without end; the first `persons` introduce one person each. */
const endlessEvents = (persons: number): Customers => benchCustomers({ persons, events: 0, seed: 1 })

/** Makes the broker stamp decisions with their append time; usually they carry the time of their event. */
async function stampDecisions({ config }: BenchApplication): Promise<void> {
  const cluster = await Cluster.connect(connectionOf(config))
  const { name } = topics.decisions
  const topic = (await cluster.topics([name])).get(name)!
  await cluster.configure(name, topic, { 'message.timestamp.type': 'LogAppendTime' })
  await cluster.close()
}

class Bench {
  readonly #worker: Machine
  readonly #load: Load
  readonly #decisions: Decisions
  readonly #seen: SeenDecision[]

  constructor(worker: Machine, load: Load, decisions: Decisions, seen: SeenDecision[]) {
    this.#worker = worker
    this.#load = load
    this.#decisions = decisions
    this.#seen = seen
  }

  /** Appends events as fast as the worker folds them, with a bounded backlog. */
  async flood(isOver: () => boolean): Promise<void> {
    while (!isOver())
      if (this.#load.appended - this.#decisions.count * eventsPerDecision < backlog) await this.#load.append(chunk)
      else await this.#decisions.next()
  }

  async run(seconds: number): Promise<KafkaRun> {
    const maximum = await this.#maximum(seconds)
    await this.#drain()
    return { maximum, half: await this.#steady(seconds, maximum.eventsPerSecond / 2) }
  }

  async #drain(): Promise<void> {
    await this.#decisions.until(Math.ceil(this.#load.appended / eventsPerDecision))
  }

  async #maximum(seconds: number): Promise<KafkaRun['maximum']> {
    let isOver = false
    const flooding = this.flood(() => isOver)
    // The backlog builds up first.
    await delay(2000)
    const before = { decisions: this.#decisions.count, ...(await this.#used()) }
    await delay(seconds * 1000)
    const after = { decisions: this.#decisions.count, ...(await this.#used()) }
    isOver = true
    await flooding
    const processors = between(before, after)
    const events = (after.decisions - before.decisions) * eventsPerDecision
    const eventsPerSecond = events / (after.at - before.at)
    return { eventsPerSecond, eventsPerWorkerSecond: eventsPerSecond / processors.worker, processors }
  }

  async #steady(seconds: number, perSecond: number): Promise<KafkaRun['half']> {
    const stop = new AbortController()
    const loading = this.#load.steadily(perSecond, stop.signal)
    await delay(settlingMs)
    const before = { metrics: await this.#worker.metrics(), ...(await this.#used()) }
    this.#seen.length = 0
    await delay(seconds * 1000)
    const seen = [...this.#seen]
    const after = { metrics: await this.#worker.metrics(), ...(await this.#used()) }
    stop.abort()
    const eventsPerSecond = await loading
    await this.#drain()
    return {
      eventsPerSecond,
      decisions: seen.length,
      appendedMs: seen.map(({ timestamp, receivedAt }) => timestamp - receivedAt),
      committedMs: seen.map(({ readAt, receivedAt }) => readAt - receivedAt),
      hops: hopsBetween(before.metrics, after.metrics),
      processors: between(before, after),
    }
  }

  async #used(): Promise<Used> {
    const metrics = await this.#worker.metrics()
    const worker = metrics.sum('process_cpu_seconds_total')
    return { at: performance.now() / 1000, worker, broker: childSeconds('java'), driver: ownSeconds() }
  }
}

/** Processor seconds used so far, and the time of reading, in seconds. */
interface Used {
  readonly at: number
  readonly worker: number
  readonly broker: number | null
  readonly driver: number
}

function between(before: Used, after: Used): Processors {
  const seconds = after.at - before.at
  return {
    worker: (after.worker - before.worker) / seconds,
    broker: after.broker === null || before.broker === null ? null : (after.broker - before.broker) / seconds,
    driver: (after.driver - before.driver) / seconds,
  }
}
