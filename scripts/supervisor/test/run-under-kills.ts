import { setTimeout as delay } from 'node:timers/promises'
import type { BuiltPackage, Ran, Running } from '../../../testing/test/built-package.ts'

/** A line that `joai run` or one of its workers logs. */
interface LogLine {
  readonly worker: number | 'parent'
  readonly msg: string
  readonly index?: number
  readonly pid?: number
  readonly port?: number
  readonly signal?: string
}

/** Counts of what was seen to happen to a run and its workers. */
export interface RunCounts {
  /** Workers killed by SIGKILL. */
  kills: number
  /** Tasks that a worker took over, after the first time that each was opened. */
  takeovers: number
}

const pollMs = 50

/** `joai run` on a cluster, in processes of its own, of which workers are killed. */
export class RunUnderKills {
  readonly counts: RunCounts = { kills: 0, takeovers: 0 }
  readonly #lines: LogLine[] = []
  readonly #pids = new Map<number, number>()
  readonly #opened = new Set<string>()
  #port = 0
  #running: Running | null = null
  #ended: Ran | null = null
  /** A test that is given up must not leave it behind. */
  readonly #atExit = () => {
    if (this.#running) process.kill(this.#running.pid, 'SIGTERM')
  }

  /** Resolves when its workers have all that is theirs. */
  static async start(
    built: BuiltPackage,
    place: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
    ...flags: readonly string[]
  ): Promise<RunUnderKills> {
    const run = new RunUnderKills()
    const args = ['run', '--port', '0', '--json', ...flags]
    process.on('exit', run.#atExit)
    const running = await built.start(args, { ...place, until: /"running"/, onLine: line => run.#note(line) })
    run.#running = running
    void running.ended.then(ran => {
      run.#ended = ran
      process.off('exit', run.#atExit)
    })
    await run.ready()
    return run
  }

  /** Waits until every worker is at work; throws when the run has ended instead. */
  async ready(): Promise<void> {
    while (!(await this.#isReady())) await delay(pollMs)
  }

  /** Kills a worker without warning, in the midst of what it does; `joai run` starts it again. */
  async kill(index: number): Promise<void> {
    const deaths = this.#deaths()
    process.kill(this.#pids.get(index)!, 'SIGKILL')
    this.counts.kills++
    while (this.#deaths() === deaths) await delay(pollMs)
  }

  /** Fetches the page of metrics. */
  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#port}/metrics`)).text()
  }

  /** Lets it drain and end. */
  end(): Promise<Ran> {
    return this.#running!.end('SIGTERM')
  }

  /** How often a worker ended by a signal. */
  #deaths(): number {
    return this.#lines.filter(({ msg, signal }) => msg === 'worker died' && signal === 'SIGKILL').length
  }

  async #isReady(): Promise<boolean> {
    if (this.#ended) throw new Error(`joai run has ended: ${this.#ended.err.slice(-2000)}`)
    if (this.#port === 0) return false
    const answer = await fetch(`http://127.0.0.1:${this.#port}/readyz`).catch(() => null)
    return answer?.ok ?? false
  }

  #note(text: string): void {
    if (!text.startsWith('{')) return
    const line = JSON.parse(text) as LogLine & { readonly task?: string }
    this.#lines.push(line)
    if (line.msg === 'worker started') this.#pids.set(line.index!, line.pid!)
    if (line.msg === 'running') this.#port = line.port!
    if (line.msg !== 'task opened') return
    if (this.#opened.has(line.task!)) this.counts.takeovers++
    this.#opened.add(line.task!)
  }
}
