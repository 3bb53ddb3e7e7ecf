import { type ChildProcess, fork } from 'node:child_process'
import type { Logger } from 'pino'
import type { WorkerStatus } from './worker-process.ts'

/** Message by which the supervisor asks a worker for its status. */
export interface StatusRequest {
  readonly ask: number
}
export interface StatusReply {
  readonly answers: number
  readonly status: WorkerStatus
}

interface Child {
  process: ChildProcess | null
  /** The question that it has not answered yet. All who ask meanwhile wait for the same answer. */
  asked: Question | null
  /** Number of deaths since the worker was last ready. */
  deaths: number
  restarts: number
  exitCode: number | null
}

interface Question {
  readonly ask: number
  readonly answered: Promise<WorkerStatus | null>
  readonly answer: (status: WorkerStatus | null) => void
}

const restartMs = { first: 1000, most: 30_000 }
/** After this many deaths without being ready in between, a worker is not started again. */
const deathsMax = 5
const answerWithinMs = 10_000
/** How often the supervisor asks for the status of its workers, so that it knows which were ready before they died. */
const askEveryMs = 1000

/** Starts the worker processes of an application, and restarts and logs those that die. */
export class Supervisor {
  readonly #children: Child[]
  readonly #command: readonly string[]
  readonly #logger: Logger
  #asked = 0
  #isStopping = false
  #finish!: (code: number) => void
  /** Resolves with an exit code when all have ended: 0 if they were stopped and drained. */
  readonly ended = new Promise<number>(resolve => {
    this.#finish = resolve
  })

  /** `command` holds the arguments of a worker; the number of the worker is appended. */
  constructor(workers: number, command: readonly string[], logger: Logger) {
    this.#command = command
    this.#logger = logger
    this.#children = Array.from({ length: workers }, () => ({
      process: null,
      asked: null,
      deaths: 0,
      restarts: 0,
      exitCode: null,
    }))
    this.#children.forEach((child, index) => {
      this.#start(child, index)
    })
    setInterval(() => void this.statuses(), askEveryMs).unref()
  }

  get restarts(): readonly number[] {
    return this.#children.map(({ restarts }) => restarts)
  }

  /** Asks each worker for its status; null for one that is not running or does not answer in time. */
  statuses(): Promise<readonly (WorkerStatus | null)[]> {
    return Promise.all(this.#children.map(child => this.#status(child)))
  }

  /** Tells each worker to drain and end. */
  stop(): void {
    if (this.#isStopping) return
    this.#isStopping = true
    for (const { process } of this.#children) process?.kill('SIGTERM')
    this.#endIfAllHave()
  }

  #start(child: Child, index: number): void {
    const [script, ...args] = this.#command as [string, ...string[]]
    const started = fork(script, [...args, String(index)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    child.process = started
    this.#logger.info({ index, pid: started.pid }, 'worker started')
    started.on('message', message => {
      const { answers, status } = message as StatusReply
      if (status.ready) child.deaths = 0
      if (child.asked?.ask === answers) child.asked.answer(status)
    })
    started.on('exit', (code, signal) => this.#ended(child, index, code, signal))
  }

  #ended(child: Child, index: number, code: number | null, signal: string | null): void {
    child.process = null
    child.asked?.answer(null)
    child.exitCode = code
    child.deaths++
    if (this.#isStopping) {
      this.#logger.info({ index, code, signal }, 'worker ended')
      this.#endIfAllHave()
      return
    }
    const isHopeless = code === 2 || child.deaths >= deathsMax
    const againInMs = Math.min(restartMs.most, restartMs.first * 2 ** (child.deaths - 1))
    this.#logger.error({ index, code, signal, ...(isHopeless ? {} : { againInMs }) }, 'worker died')
    if (isHopeless) {
      this.stop()
      return
    }
    setTimeout(() => {
      if (this.#isStopping) return
      child.restarts++
      this.#start(child, index)
    }, againInMs).unref()
  }

  #endIfAllHave(): void {
    if (this.#children.some(({ process }) => process !== null)) return
    const codes = this.#children.map(({ exitCode }) => exitCode ?? 3)
    this.#finish(Math.max(...codes))
  }

  #status(child: Child): Promise<WorkerStatus | null> {
    if (!child.process?.connected) return Promise.resolve(null)
    child.asked ??= this.#ask(child, child.process)
    return child.asked.answered
  }

  #ask(child: Child, process: ChildProcess): Question {
    const ask = ++this.#asked
    const { promise, resolve } = deferred<WorkerStatus | null>()
    const timeout = setTimeout(() => answer(null), answerWithinMs)
    const answer = (status: WorkerStatus | null) => {
      clearTimeout(timeout)
      if (child.asked?.ask === ask) child.asked = null
      resolve(status)
    }
    process.send({ ask } satisfies StatusRequest, error => {
      if (error) answer(null)
    })
    return { ask, answered: promise, answer }
  }
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}
