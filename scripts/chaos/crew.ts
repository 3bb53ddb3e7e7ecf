import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ChildNews, ChildOptions, Strike } from './child.ts'

const againMs = 1000
/** Within so long a worker under load comes to a commit, whatever else was struck: if not, it neither works nor ends. */
const strikeWithinMs = 120_000

export interface CrewOptions extends Omit<ChildOptions, 'index'> {
  /** Where what the workers log goes, by file descriptor. */
  readonly stderr: number
}

/** What the workers told of their work. */
export interface Tally {
  commits: number
  /** Commits that the broker refused, or that broke off with it. */
  commitsFailed: number
  /** Of these, because someone else had the task by then. */
  commitsFenced: number
  /** Tasks that were opened: first, again, or by another worker. */
  takeovers: number
  /** Of these, those whose rows were brought up from the changelog. */
  restores: number
  /** How often a task found its store damaged only when it read it. */
  damagedReads: number
  /** Processes that ended without being told to, such as those that find no broker, and were started again. */
  deaths: number
}

/** The worker processes: each can be killed, frozen and started anew. */
export class Crew {
  /** What stopped tasks or workers, in words: someone would have to look. */
  readonly alarms: string[] = []
  /** Records that a task had already folded when they came: there should be none. */
  doubled = 0
  /** When decisions were committed. */
  readonly decidedAt: number[] = []
  readonly tally: Tally = {
    ...{ commits: 0, commitsFailed: 0, commitsFenced: 0 },
    ...{ takeovers: 0, restores: 0, damagedReads: 0, deaths: 0 },
  }
  readonly #options: CrewOptions
  readonly #processes = new Map<number, ChildProcess>()
  /** Those that are to end. */
  readonly #doomed = new Set<ChildProcess>()
  /** Who is frozen hears no signal but this one. */
  readonly #atExit = () => {
    for (const child of this.#processes.values()) child.kill('SIGKILL')
  }

  constructor(options: CrewOptions) {
    this.#options = options
    process.on('exit', this.#atExit)
  }

  start(index: number): void {
    const { stderr, ...options } = this.#options
    const script = fileURLToPath(new URL('./child.js', import.meta.url))
    const args = [JSON.stringify({ ...options, index } satisfies ChildOptions)]
    const child = fork(script, args, { stdio: ['ignore', 'ignore', stderr, 'ipc'] })
    this.#processes.set(index, child)
    child.on('message', message => this.#hear(message as ChildNews))
    child.on('exit', () => {
      setTimeout(() => {
        if (this.#doomed.has(child)) return
        this.tally.deaths++
        this.start(index)
      }, againMs)
    })
  }

  /** Kills it without warning, so long after one of its commits has begun, or right now. False if that was given up. */
  async kill(index: number, inCommitMs: number | null, until: AbortSignal): Promise<boolean> {
    const child = await this.#struck(index, inCommitMs, 'SIGKILL', until)
    if (!child) return false
    await this.#end(child, 'SIGKILL')
    return true
  }

  /** Takes it off the machine, without ending it, until it is thawed. */
  async freeze(index: number, inCommitMs: number | null, until: AbortSignal): Promise<boolean> {
    return (await this.#struck(index, inCommitMs, 'SIGSTOP', until)) !== null
  }

  thaw(index: number): void {
    this.#processes.get(index)!.kill('SIGCONT')
  }

  /** All drain and end; who does not is killed. */
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

  /** The process that was struck; one that ends by itself before is started again, and then it is the next one's turn. */
  async #struck(
    index: number,
    inCommitMs: number | null,
    signal: Strike['signal'],
    until: AbortSignal,
  ): Promise<ChildProcess | null> {
    const late = AbortSignal.timeout(strikeWithinMs)
    const over = AbortSignal.any([until, late])
    for (; !over.aborted; await delay(20)) {
      const child = this.#processes.get(index)!
      if (isGone(child)) continue
      if (inCommitMs === null) {
        if (signal === 'SIGKILL') this.#doomed.add(child)
        child.kill(signal)
        return child
      }
      if (await this.#strikesItself(child, { signal, afterMs: inCommitMs }, over)) return child
    }
    if (!until.aborted) this.alarms.push(`worker ${index} neither commits nor ends`)
    return null
  }

  async #strikesItself(child: ChildProcess, strike: Strike, until: AbortSignal): Promise<boolean> {
    if (!child.connected) return false
    const over = new AbortController()
    const { signal } = over
    let isStruck = false
    const hear = (news: unknown) => {
      if ((news as ChildNews).kind !== 'struck') return
      isStruck = true
      if (strike.signal === 'SIGKILL') this.#doomed.add(child)
      over.abort()
    }
    child.on('message', hear)
    child.send(strike, () => undefined)
    // A message may be heard after the exit that it foretold, but not after the end of its channel.
    await Promise.race([once(child, 'disconnect', { signal }), once(until, 'abort', { signal })]).catch(() => undefined)
    over.abort()
    child.off('message', hear)
    return isStruck
  }

  async #end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#doomed.add(child)
    if (isGone(child)) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  #hear(news: ChildNews): void {
    const { tally } = this
    if (news.kind === 'committed') {
      tally.commits++
      if (news.decisions) this.decidedAt.push(performance.now())
    } else if (news.kind === 'commitFailed') {
      tally.commitsFailed++
      if (news.fenced) tally.commitsFenced++
    } else if (news.kind === 'opened') {
      tally.takeovers++
      if (news.restored) tally.restores++
    } else if (news.kind === 'damaged') tally.damagedReads++
    else if (news.kind === 'stopped') this.alarms.push(`${news.task} has stopped: ${news.why}`)
    else if (news.kind === 'doubled') this.doubled += news.records
  }
}

const isGone = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null
