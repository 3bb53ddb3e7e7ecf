import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ChildEvent, ChildOptions, SelfSignal } from './child.ts'

const againMs = 1000
/** A worker under load commits within this time, whatever else was injected; otherwise it hangs. */
const signalWithinMs = 120_000

export interface WorkerPoolOptions extends Omit<ChildOptions, 'index'> {
  /** File descriptor to which the workers log. */
  readonly stderr: number
}

/** Counts of the events that the workers report. */
export interface Tally {
  commits: number
  /** Commits that the broker refused, or that failed when it was killed. */
  commitsFailed: number
  /** Failed commits because another worker owned the task by then. */
  commitsFenced: number
  /** Tasks that were opened: the first time, again, or by another worker. */
  takeovers: number
  /** Opened tasks whose rows were brought up to date from the changelog. */
  restores: number
  /** Stores whose damage was found only when a task read them. */
  damagedReads: number
  /** Processes that ended on their own, for instance because they found no broker, and were started again. */
  deaths: number
}

/** The worker processes, each of which can be killed, frozen and started again. */
export class WorkerPool {
  /** Reasons that stopped a task or a worker for good: in production, an operator would have to investigate. */
  readonly alarms: string[] = []
  /** Records that reached a task after it had folded them already: there should be none. */
  duplicates = 0
  /** Times at which results were committed, by this process's clock: decisions, or what another topology puts out. */
  readonly resultsAt: number[] = []
  readonly tally: Tally = {
    ...{ commits: 0, commitsFailed: 0, commitsFenced: 0 },
    ...{ takeovers: 0, restores: 0, damagedReads: 0, deaths: 0 },
  }
  readonly #options: WorkerPoolOptions
  readonly #processes = new Map<number, ChildProcess>()
  /** Processes that are meant to end. */
  readonly #ending = new Set<ChildProcess>()
  /** SIGKILL, because a frozen process gets no other signal. */
  readonly #atExit = () => {
    for (const child of this.#processes.values()) child.kill('SIGKILL')
  }

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    process.on('exit', this.#atExit)
  }

  start(index: number): void {
    const { stderr, ...options } = this.#options
    const script = fileURLToPath(new URL('./child.js', import.meta.url))
    const args = [JSON.stringify({ ...options, index } satisfies ChildOptions)]
    const child = fork(script, args, { stdio: ['ignore', 'ignore', stderr, 'ipc'] })
    this.#processes.set(index, child)
    child.on('message', message => this.#onEvent(message as ChildEvent))
    child.on('exit', () => {
      setTimeout(() => {
        if (this.#ending.has(child)) return
        this.tally.deaths++
        this.start(index)
      }, againMs)
    })
  }

  /** Kills a worker `inCommitMs` into one of its commits, or at once where that is null. Resolves to false when `until` aborts before. */
  async kill(index: number, inCommitMs: number | null, until: AbortSignal): Promise<boolean> {
    const child = await this.#signal(index, inCommitMs, 'SIGKILL', until)
    if (!child) return false
    await this.#end(child, 'SIGKILL')
    return true
  }

  /** Stops a worker with SIGSTOP until `thaw`, as if its machine were unreachable. Resolves as `kill` does. */
  async freeze(index: number, inCommitMs: number | null, until: AbortSignal): Promise<boolean> {
    return (await this.#signal(index, inCommitMs, 'SIGSTOP', until)) !== null
  }

  thaw(index: number): void {
    this.#processes.get(index)!.kill('SIGCONT')
  }

  /** Lets all workers drain and end; kills those that take longer. */
  async stop(withinMs: number): Promise<void> {
    process.off('exit', this.#atExit)
    await Promise.all(
      [...this.#processes.values()].map(async child => {
        const timer = setTimeout(() => void this.#end(child, 'SIGKILL'), withinMs)
        await this.#end(child, 'SIGTERM')
        clearTimeout(timer)
      }),
    )
  }

  /** Sends a signal and resolves to the process that got it. A process that ends before is replaced, and its successor gets it. */
  async #signal(
    index: number,
    inCommitMs: number | null,
    signal: SelfSignal['signal'],
    until: AbortSignal,
  ): Promise<ChildProcess | null> {
    const late = AbortSignal.timeout(signalWithinMs)
    const over = AbortSignal.any([until, late])
    for (; !over.aborted; await delay(20)) {
      const child = this.#processes.get(index)!
      if (isGone(child)) continue
      if (inCommitMs === null) {
        if (signal === 'SIGKILL') this.#ending.add(child)
        child.kill(signal)
        return child
      }
      if (await this.#signalsItself(child, { signal, afterMs: inCommitMs }, over)) return child
    }
    if (!until.aborted) this.alarms.push(`worker ${index} neither commits nor ends`)
    return null
  }

  async #signalsItself(child: ChildProcess, order: SelfSignal, until: AbortSignal): Promise<boolean> {
    if (!child.connected) return false
    const over = new AbortController()
    const { signal } = over
    let isSignalled = false
    const onMessage = (event: unknown) => {
      if ((event as ChildEvent).kind !== 'signalled') return
      isSignalled = true
      if (order.signal === 'SIGKILL') this.#ending.add(child)
      over.abort()
    }
    child.on('message', onMessage)
    child.send(order, () => undefined)
    // The message may arrive after the exit that it announces, but not after its channel has closed.
    await Promise.race([once(child, 'disconnect', { signal }), once(until, 'abort', { signal })]).catch(() => undefined)
    over.abort()
    child.off('message', onMessage)
    return isSignalled
  }

  async #end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#ending.add(child)
    if (isGone(child)) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  #onEvent(event: ChildEvent): void {
    const { tally } = this
    if (event.kind === 'committed') {
      tally.commits++
      if (event.results) this.resultsAt.push(performance.now())
    } else if (event.kind === 'commitFailed') {
      tally.commitsFailed++
      if (event.fenced) tally.commitsFenced++
    } else if (event.kind === 'opened') {
      tally.takeovers++
      if (event.restored) tally.restores++
    } else if (event.kind === 'damaged') tally.damagedReads++
    else if (event.kind === 'stopped') this.alarms.push(`${event.task} has stopped: ${event.why}`)
    else if (event.kind === 'duplicates') this.duplicates += event.records
  }
}

const isGone = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null
