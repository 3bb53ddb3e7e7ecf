import {
  type ChangelogEntry,
  ConnectorError,
  type Log,
  type OutputRecord,
  type TaskId,
  taskName,
} from '../../topology/log/log.ts'

/** How far the delivery of one send has come. */
export interface Attempt {
  /** `attempted` is written before the call: found after a crash, it says that the outcome is unknown. */
  readonly state: 'waiting' | 'attempted' | 'done'
  /** Where the send stands in its partition. */
  readonly offset: number
  /** Calls so far. */
  readonly tries: number
  /** One of them may have been delivered. */
  readonly isUncertain: boolean
}

/** Version of what is written here; a later one is not read. */
const format = Buffer.from('1')

/**
 * What a channel remembers of one partition, as the changelog of a task: attempts by idempotency key, and how far it
 * has read. Receipts and dead letters are committed together with the attempts that they belong to, and whoever takes
 * the partition over fences its former reader. Of the keys that are done,
 * the latest `rememberedMax` are kept.
 */
export class Journal {
  /** Attempts by idempotency key, in the order of their sends. */
  readonly known: Map<string, Attempt>
  readonly #log: Log
  readonly #owner: Awaited<ReturnType<Log['acquire']>>
  readonly #rememberedMax: number
  #position: number
  /** How many of the known are done; no attempt gets done twice. */
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
    this.known = known
    this.#done = [...known.values()].filter(({ state }) => state === 'done').length
    this.#rememberedMax = rememberedMax
  }

  /** Takes the partition over; throws `channel-version` when a later version has written there. */
  static async open(log: Log, task: TaskId, rememberedMax: number): Promise<Journal> {
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
    return new Journal(log, owner, new Map([...found].sort(([, a], [, b]) => a.offset - b.offset)), rememberedMax)
  }

  /** The next offset to read. */
  get position(): number {
    return this.#position
  }

  /**
   * Resolves when all this is in the log. What is asked for while a commit is under way goes into the next one,
   * together. After a commit that failed nothing is written any more: the partition must be taken over again.
   */
  write(
    attempts: Iterable<readonly [string, Attempt]>,
    outputs: readonly OutputRecord[] = [],
    position = this.#position,
  ): Promise<void> {
    for (const [key, attempt] of attempts) {
      if (attempt.state === 'done') this.#done++
      this.known.set(key, attempt)
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

  /** What is not done is never forgotten: after a crash it is found by it. */
  #forget(): void {
    if (this.#done <= this.#rememberedMax) return
    for (const [key, { state }] of this.known) {
      if (state !== 'done') continue
      this.known.delete(key)
      this.#changes.set(key, null)
      if (--this.#done <= this.#rememberedMax) return
    }
  }
}
