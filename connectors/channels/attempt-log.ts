import {
  type ChangelogEntry,
  ConnectorError,
  type Log,
  type OutputRecord,
  type TaskId,
  taskName,
} from '../../topology/log/log.ts'

/** The progress of one send's delivery. */
export interface Attempt {
  /** `attempted` is written before the call. Found after a crash, it means that the outcome of the call is unknown. */
  readonly state: 'waiting' | 'attempted' | 'done'
  /** Offset of the send in its partition. */
  readonly offset: number
  /** Number of calls so far. */
  readonly tries: number
  /** Whether one of the calls may have delivered the send. */
  readonly isUncertain: boolean
}

/** Version of the format. A channel refuses to read a later one. */
const format = Buffer.from('1')

/**
 * Stores the attempts of one partition by idempotency key, and its position, as the changelog of a task. Receipts and dead
 * letters are committed together with the attempts they belong to. Acquiring the partition fences its previous owner. Of
 * the sends that are done, the latest `rememberedMax` are kept.
 */
export class AttemptLog {
  /** Attempts by idempotency key, in the order of their sends. */
  readonly attempts: Map<string, Attempt>
  readonly #log: Log
  readonly #owner: Awaited<ReturnType<Log['acquire']>>
  readonly #rememberedMax: number
  #position: number
  /** Number of attempts that are done. No attempt is finished twice. */
  #done: number
  #changes = new Map<string, Attempt | null>()
  #outputs: OutputRecord[] = []
  #last: Promise<void> = Promise.resolve()
  #isScheduled = false

  private constructor(
    log: Log,
    owner: Awaited<ReturnType<Log['acquire']>>,
    known: Map<string, Attempt>,
    rememberedMax: number,
  ) {
    this.#log = log
    this.#owner = owner
    this.#position = owner.position ?? 0
    this.attempts = known
    this.#done = [...known.values()].filter(({ state }) => state === 'done').length
    this.#rememberedMax = rememberedMax
  }

  /** Acquires the partition. Throws `channel-version` when a later version of JOAI has written there. */
  static async open(log: Log, task: TaskId, rememberedMax: number): Promise<AttemptLog> {
    const owner = await log.acquire(task)
    if (owner.checkpoint && !format.equals(owner.checkpoint))
      throw new ConnectorError('channel-version', `${taskName(task)} was written by a later version of joai`)
    const found = new Map<string, Attempt>()
    for (let from = 0; from < owner.changelogEnd; ) {
      const { entries, next } = await log.changelog(task, from, 1000)
      for (const { key, value } of entries) {
        if (value === null) found.delete(key)
        else found.set(key, JSON.parse(Buffer.from(value).toString()) as Attempt)
      }
      from = next
    }
    return new AttemptLog(log, owner, new Map([...found].sort(([, a], [, b]) => a.offset - b.offset)), rememberedMax)
  }

  /** The next offset to read. */
  get position(): number {
    return this.#position
  }

  /**
   * Resolves when these attempts and outputs are committed. Calls that arrive during a commit share the next one. After a
   * failed commit nothing is written any more, and the partition must be acquired again.
   */
  write(
    attempts: Iterable<readonly [string, Attempt]>,
    outputs: readonly OutputRecord[] = [],
    position = this.#position,
  ): Promise<void> {
    for (const [key, attempt] of attempts) {
      if (attempt.state === 'done') this.#done++
      this.attempts.set(key, attempt)
      this.#changes.set(key, attempt)
    }
    this.#outputs.push(...outputs)
    this.#position = position
    if (!this.#isScheduled) {
      this.#isScheduled = true
      this.#last = this.#last.then(() => this.#commit())
    }
    return this.#last
  }

  async #commit(): Promise<void> {
    this.#isScheduled = false
    this.#forget()
    const changelog = Array.from(this.#changes, ([key, attempt]): ChangelogEntry => {
      return { key, value: attempt && Buffer.from(JSON.stringify(attempt)) }
    })
    const outputs = this.#outputs
    this.#changes = new Map()
    this.#outputs = []
    await this.#log.commit([{ owner: this.#owner, position: this.#position, outputs, changelog, checkpoint: format }])
  }

  /** Removes the oldest finished attempts. Unfinished ones stay, so that they are resumed after a crash. */
  #forget(): void {
    if (this.#done <= this.#rememberedMax) return
    for (const [key, { state }] of this.attempts) {
      if (state !== 'done') continue
      this.attempts.delete(key)
      this.#changes.set(key, null)
      if (--this.#done <= this.#rememberedMax) return
    }
  }
}
