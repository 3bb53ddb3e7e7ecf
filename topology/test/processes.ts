import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import type { Store } from '../../state/stores/store.ts'
import type { Topology } from '../graph/topology.ts'
import { ConnectorError, type Log, type TopicPartition } from '../log/log.ts'
import type { TaskEvent } from '../runtime/task-loop.ts'
import { Worker } from '../runtime/worker.ts'
import { IdleWatcher } from './idle-watcher.ts'

const never = new Promise<never>(() => undefined)

/**
 * Runs a worker as if it had a process of its own: it can be killed, or stopped and resumed, at any await of its log or
 * store. A killed worker gets no answer to its calls, so no `finally` runs. Its disk survives.
 */
export class SimulatedProcess {
  readonly worker: Worker
  readonly disk: Store
  readonly #random: () => number
  readonly #faults: number
  #alive = true
  #resume: (() => void) | null = null
  #running: Promise<void> = Promise.resolve()

  constructor(
    topology: Topology,
    log: Log,
    disk: Store,
    options: {
      readonly random: () => number
      /** The share of commits that fail with an unknown outcome. Half of them have been committed. */
      readonly faults: number
      readonly batch: number
      readonly standby: boolean
      readonly onEvent: (event: TaskEvent) => void
    },
  ) {
    this.disk = disk
    this.#random = options.random
    this.#faults = options.faults
    const { onEvent, batch, standby } = options
    this.worker = new Worker({
      topology,
      log: this.#through(log),
      store: this.#through(disk),
      time: 'history',
      batch,
      cacheRows: 4,
      standby,
      idleMs: 1,
      backOffMs: { first: 1, fenced: 2, most: 8 },
      onEvent: event => {
        if (this.#alive) onEvent(event)
      },
    })
  }

  kill(): void {
    this.#alive = false
  }

  /** Pauses the worker as SIGSTOP would: it does not notice, and continues where it was when it is resumed. */
  stop(): void {
    if (this.#resume) return
    this.#running = new Promise(resolve => {
      this.#resume = resolve
    })
  }

  resume(): void {
    this.#resume?.()
    this.#resume = null
  }

  #through<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (from, name) => {
        const member = Reflect.get(from, name)
        if (typeof member !== 'function') return member
        if (name === 'topics') return member.bind(from)
        return async (...given: unknown[]) => {
          await this.#somewhere()
          if (name === 'commit') this.#maybeFail(this.#faults / 2)
          const answer = await member.apply(from, given)
          await this.#somewhere()
          if (name === 'commit') this.#maybeFail(this.#faults / 2)
          return answer
        }
      },
    })
  }

  async #somewhere(): Promise<void> {
    for (let yields = Math.floor(this.#random() * 4); yields > 0; yields--) await yieldToEventLoop()
    await this.#running
    if (!this.#alive) await never
  }

  #maybeFail(share: number): void {
    if (this.#random() < share) throw new ConnectorError('lost', 'the answer never came', { retryable: true })
  }
}

export type Incident = 'killed' | 'wiped' | 'stopped' | 'resumed' | 'moved' | 'zombies'

/** Runs processes over one log, which come and go and may not learn that a partition was reassigned. */
export class Cluster {
  readonly counts: Record<Incident, number> = { killed: 0, wiped: 0, stopped: 0, resumed: 0, moved: 0, zombies: 0 }
  readonly events: Record<string, number> = {}
  readonly #idle = new IdleWatcher()
  readonly #log: Log
  readonly #start: (disk: Store) => SimulatedProcess
  readonly #random: () => number
  #processes: SimulatedProcess[] = []
  #owners: readonly number[] = []
  readonly #partitions: readonly TopicPartition[]

  constructor(topology: Topology, log: Log, random: () => number, options: { readonly size: number }) {
    this.#log = log
    this.#random = random
    this.#start = disk =>
      new SimulatedProcess(topology, log, disk, {
        random,
        faults: 0.02,
        batch: 1 + this.#below(20),
        standby: random() < 0.5,
        onEvent: event => this.#onEvent(event),
      })
    this.#processes = Array.from({ length: options.size }, () => this.#start(openMemoryStore()))
    const { topics } = this.#processes[0]!.worker
    this.#partitions = topics.flatMap(topic =>
      Array.from({ length: log.topics().get(topic)! }, (_, partition) => ({ topic, partition })),
    )
    this.#share()
  }

  /** Makes one thing go wrong. */
  async incident(): Promise<void> {
    const which = this.#below(this.#processes.length)
    const victim = this.#processes[which]!
    const kind = this.#random()
    if (kind < 0.3) this.#kill(which, this.#random() < 0.3)
    else if (kind < 0.45) {
      victim.stop()
      this.counts.stopped++
      // Its partitions go to the others without its knowledge.
      this.#share(which)
    } else if (kind < 0.7) {
      victim.resume()
      this.counts.resumed++
    } else {
      this.counts.moved++
      this.#share(this.#random() < 0.4 ? which : undefined)
    }
    for (let yields = this.#below(200); yields > 0; yields--) await yieldToEventLoop()
  }

  /** Lets all processes run with their partitions. Resolves when all input has been folded. */
  async settle(): Promise<void> {
    for (const process of this.#processes) process.resume()
    this.#share()
    await this.#idle.allIdle(this.#log, this.#processes[0]!.worker.plans)
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map(({ worker }) => worker.close()))
  }

  #kill(which: number, wipe: boolean): void {
    const victim = this.#processes[which]!
    victim.kill()
    victim.resume()
    this.counts[wipe ? 'wiped' : 'killed']++
    this.#processes[which] = this.#start(wipe ? openMemoryStore() : victim.disk)
    this.#processes[which]!.worker.assign(this.#of(which))
  }

  /** Assigns the partitions again. The process `unaware` keeps its old ones, as a zombie would. */
  #share(unaware?: number): void {
    const old = unaware === undefined ? [] : this.#of(unaware)
    this.#owners = this.#partitions.map(() => this.#below(this.#processes.length))
    if (unaware !== undefined) {
      const kept = new Set(this.#of(unaware))
      this.counts.zombies += old.filter(one => !kept.has(one)).length
    }
    this.#processes.forEach(({ worker }, which) => {
      if (which !== unaware) worker.assign(this.#of(which))
    })
  }

  #of(which: number): TopicPartition[] {
    return this.#partitions.filter((_, index) => this.#owners[index] === which)
  }

  #onEvent(event: TaskEvent): void {
    const kind = event.kind === 'lost' ? `lost: ${event.error.code}` : event.kind
    this.events[kind] = (this.events[kind] ?? 0) + 1
    this.#idle.onEvent(event)
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count)
  }
}
