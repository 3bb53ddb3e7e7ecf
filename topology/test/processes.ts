import { setImmediate as turn } from 'node:timers/promises'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import type { Store } from '../../state/stores/store.ts'
import type { Topology } from '../graph/topology.ts'
import { ConnectorError, type Log, type TopicPartition } from '../log/log.ts'
import type { TaskEvent } from '../runtime/task-loop.ts'
import { Worker } from '../runtime/worker.ts'
import { Quiet } from './quiet.ts'

const never = new Promise<never>(() => undefined)

/**
 * A worker as if it ran in a process of its own: its log and store can be killed, or stopped and resumed, at any await.
 * What is killed is never answered: no `finally` runs. Its disk outlives it.
 */
export class Process {
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
      /** Share of commits whose outcome is not told: half of them landed. */
      readonly faults: number
      readonly batch: number
      readonly standby: boolean
      readonly tell: (news: TaskEvent) => void
    },
  ) {
    this.disk = disk
    this.#random = options.random
    this.#faults = options.faults
    const { tell, batch, standby } = options
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
      onEvent: news => {
        if (this.#alive) tell(news)
      },
    })
  }

  kill(): void {
    this.#alive = false
  }

  /** Like SIGSTOP: it knows of nothing, and goes on where it was once it is resumed. */
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
    for (let turns = Math.floor(this.#random() * 4); turns > 0; turns--) await turn()
    await this.#running
    if (!this.#alive) await never
  }

  #maybeFail(share: number): void {
    if (this.#random() < share) throw new ConnectorError('lost', 'the answer never came', { retryable: true })
  }
}

export type Happened = 'killed' | 'wiped' | 'stopped' | 'resumed' | 'moved' | 'zombies'

/** Processes that come and go over one log, and are told, or not told, which partitions are theirs. */
export class Cluster {
  readonly counts: Record<Happened, number> = { killed: 0, wiped: 0, stopped: 0, resumed: 0, moved: 0, zombies: 0 }
  readonly news: Record<string, number> = {}
  readonly #quiet = new Quiet()
  readonly #log: Log
  readonly #start: (disk: Store) => Process
  readonly #random: () => number
  #processes: Process[] = []
  #owners: readonly number[] = []
  readonly #partitions: readonly TopicPartition[]

  constructor(topology: Topology, log: Log, random: () => number, options: { readonly size: number }) {
    this.#log = log
    this.#random = random
    this.#start = disk =>
      new Process(topology, log, disk, {
        random,
        faults: 0.02,
        batch: 1 + this.#below(20),
        standby: random() < 0.5,
        tell: news => this.#tell(news),
      })
    this.#processes = Array.from({ length: options.size }, () => this.#start(openMemoryStore()))
    const { topics } = this.#processes[0]!.worker
    this.#partitions = topics.flatMap(topic =>
      Array.from({ length: log.topics().get(topic)! }, (_, partition) => ({ topic, partition })),
    )
    this.#share()
  }

  /** Lets one thing go wrong. */
  async trouble(): Promise<void> {
    const which = this.#below(this.#processes.length)
    const victim = this.#processes[which]!
    const kind = this.#random()
    if (kind < 0.3) this.#kill(which, this.#random() < 0.3)
    else if (kind < 0.45) {
      victim.stop()
      this.counts.stopped++
      // Its partitions go to the others, and it does not know.
      this.#share(which)
    } else if (kind < 0.7) {
      victim.resume()
      this.counts.resumed++
    } else {
      this.counts.moved++
      this.#share(this.#random() < 0.4 ? which : undefined)
    }
    for (let turns = this.#below(200); turns > 0; turns--) await turn()
  }

  /** No more trouble: everyone runs, and knows what is theirs. Resolves when all input has been folded. */
  async settle(): Promise<void> {
    for (const process of this.#processes) process.resume()
    this.#share()
    await this.#quiet.come(this.#log, this.#processes[0]!.worker.plans)
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

  /** Deals the partitions out anew; `untold` keeps what it has, as a zombie would. */
  #share(untold?: number): void {
    const old = untold === undefined ? [] : this.#of(untold)
    this.#owners = this.#partitions.map(() => this.#below(this.#processes.length))
    if (untold !== undefined) {
      const kept = new Set(this.#of(untold))
      this.counts.zombies += old.filter(one => !kept.has(one)).length
    }
    this.#processes.forEach(({ worker }, which) => {
      if (which !== untold) worker.assign(this.#of(which))
    })
  }

  #of(which: number): TopicPartition[] {
    return this.#partitions.filter((_, index) => this.#owners[index] === which)
  }

  #tell(news: TaskEvent): void {
    const kind = news.kind === 'lost' ? `lost: ${news.error.code}` : news.kind
    this.news[kind] = (this.news[kind] ?? 0) + 1
    this.#quiet.hear(news)
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count)
  }
}
