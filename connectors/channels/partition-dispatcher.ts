import type { Send } from '../../schemas/generated.ts'
import { sendsOn } from '../../schemas/topics.ts'
import { BadRecord } from '../../schemas/wire.ts'
import type { Log, LogRecord, OutputRecord } from '../../topology/log/log.ts'
import { SerialQueues } from '../../topology/log/serial-queue.ts'
import { type Attempt, AttemptLog } from './attempt-log.ts'
import { CancellationWatcher } from './cancellation-watcher.ts'
import type { ChannelContext, PartitionContext } from './channel-context.ts'
import { Delivery } from './delivery.ts'
import { ChannelReports, sendIn } from './send-records.ts'
import { WakeUpSignal } from './wake-up-signal.ts'

/** How one partition of a channel's sends is dispatched. */
export interface PartitionOptions {
  readonly log: Log
  readonly channel: string
  readonly partition: number
  /** The most sends held in memory. */
  readonly heldMax: number
  readonly rememberedMax: number
  readonly pollMs: number
}

const readAtOnce = 200

/** Takes in the sends of one partition, as many as it may hold, and delivers each of them once. */
export class PartitionDispatcher {
  readonly #options: PartitionOptions
  readonly #context: PartitionContext
  readonly #attemptLog: AttemptLog
  readonly #watcher: CancellationWatcher
  readonly #held = new Map<string, Delivery>()
  readonly #running = new Set<Promise<void>>()
  readonly #wakeUp = new WakeUpSignal()
  /** Aborted when the channel stops, or when this partition has failed. */
  readonly #stopping = new AbortController()
  #failure: { readonly error: unknown } | null = null

  private constructor(options: PartitionOptions, shared: ChannelContext, attemptLog: AttemptLog) {
    const { log, channel, partition } = options
    this.#options = options
    this.#attemptLog = attemptLog
    this.#watcher = new CancellationWatcher(
      log,
      {
        topic: sendsOn(channel).name,
        partition,
        cancelledKey: record => this.#cancelled(record),
        cancelHeld: key => this.#cancel(key),
        position: () => attemptLog.position,
      },
      Math.min(attemptLog.position, ...unfinishedIn(attemptLog).map(([, { offset }]) => offset)),
    )
    const reports = new ChannelReports(log, channel, partition)
    const deadLetter = async (offset: number, reason: string, detail: string): Promise<OutputRecord> =>
      reports.deadLetter(await this.#recordAt(offset), reason, detail)
    const stopping = this.#stopping.signal
    this.#context = {
      ...shared,
      stopping,
      attemptLog,
      watcher: this.#watcher,
      personQueues: new SerialQueues(),
      reports,
      deadLetter,
    }
    const stop = () => this.#stop()
    if (shared.stopping.aborted) stop()
    else shared.stopping.addEventListener('abort', stop, { once: true })
  }

  /** Acquires the partition from its previous owner. */
  static async open(options: PartitionOptions, shared: ChannelContext): Promise<PartitionDispatcher> {
    const { log, channel, partition, rememberedMax } = options
    const task = { subTopology: 'channels', topic: sendsOn(channel).name, partition }
    return new PartitionDispatcher(options, shared, await AttemptLog.open(log, task, rememberedMax))
  }

  /** Number of sends in memory. */
  get held(): number {
    return this.#held.size
  }

  /** Whether every send that is due is done: all others wait for their time, and none is left to take in. */
  async isIdle(): Promise<boolean> {
    const { log, channel, partition } = this.#options
    const end = await log.end(sendsOn(channel).name, partition)
    return this.#attemptLog.position >= end && [...this.#held.values()].every(({ isEarly }) => isEarly)
  }

  /** Resolves when the channel has stopped. Throws when the log fails, or when another process has acquired the partition. */
  async run(): Promise<void> {
    try {
      await this.#resume()
      while (!this.#stopping.signal.aborted) {
        await this.#watcher.readToEnd()
        if (!(await this.#takeIn())) await this.#wakeUp.wait(this.#options.pollMs)
      }
    } catch (error) {
      this.#fail(error)
    }
    await Promise.all(this.#running)
    if (this.#failure) throw this.#failure.error
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#stop()
  }

  #stop(): void {
    this.#stopping.abort()
    for (const delivery of this.#held.values()) delivery.stopWaiting()
    this.#wakeUp.wake()
  }

  /** Resumes the sends that the previous owner had begun, all at once, because a cancellation that is read meanwhile must find them. */
  async #resume(): Promise<void> {
    const unfinished = unfinishedIn(this.#attemptLog)
    const records = await Promise.all(unfinished.map(([, { offset }]) => this.#recordAt(offset)))
    for (const [i, [, attempt]] of unfinished.entries())
      this.#start(sendIn(this.#options.channel, records[i]!), attempt)
  }

  /** Takes in the next sends. Returns false when there are none, or no room. */
  async #takeIn(): Promise<boolean> {
    const { log, channel, partition, heldMax } = this.#options
    const { count } = this.#context
    const room = Math.min(heldMax - this.#held.size, readAtOnce)
    if (room <= 0) return false
    const records = await log.read(sendsOn(channel).name, partition, this.#attemptLog.position, room)
    if (records.length === 0) return false
    const { sends: taken, deadLetters, duplicates } = this.#sort(records)
    const attempts = Array.from(taken, ([key, { attempt }]) => [key, attempt] as const)
    const written = this.#attemptLog.write(attempts, deadLetters, records.at(-1)!.offset + 1)
    for (const { send, attempt } of taken.values()) this.#start(send, attempt, written)
    this.#watcher.advance()
    await written
    for (let i = 0; i < duplicates; i++) count('duplicates')
    for (const _ of deadLetters) count('deadLetters')
    return true
  }

  /** Sorts records into new sends by key, dead deadLetters for unreadable records, and a count of duplicates. The watcher handles cancellations. */
  #sort(records: readonly LogRecord[]) {
    const found = new Map<string, { readonly send: Send; readonly attempt: Attempt }>()
    const deadLetters: OutputRecord[] = []
    let duplicates = 0
    for (const record of records) {
      try {
        const send = sendIn(this.#options.channel, record)
        const { kind, idempotencyKey: key } = send
        if (kind === 'cancel') continue
        if (found.has(key) || this.#attemptLog.attempts.has(key)) duplicates++
        else
          found.set(key, { send, attempt: { state: 'waiting', offset: record.offset, tries: 0, isUncertain: false } })
      } catch (error) {
        if (!(error instanceof BadRecord)) throw error
        deadLetters.push(this.#context.reports.deadLetter(record, error.reason, error.message))
      }
    }
    return { sends: found, deadLetters, duplicates }
  }

  /** Holds a send, so that a cancellation finds it, and delivers it once its attempt is written. */
  #start(send: Send, attempt: Attempt, written: Promise<void> = Promise.resolve()): void {
    const delivery = new Delivery(send, attempt, this.#context)
    this.#held.set(delivery.key, delivery)
    if (this.#watcher.isCancelled(delivery.key)) delivery.cancel()
    const run = written
      .then(() => delivery.run())
      .catch(error => this.#fail(error))
      .finally(() => {
        this.#held.delete(delivery.key)
        this.#running.delete(run)
        this.#wakeUp.wake()
      })
    this.#running.add(run)
  }

  #cancelled(record: LogRecord): string | null {
    try {
      const { kind, idempotencyKey } = sendIn(this.#options.channel, record)
      return kind === 'cancel' ? idempotencyKey : null
    } catch (error) {
      // The record gets its dead letter when it is taken in.
      if (error instanceof BadRecord) return null
      throw error
    }
  }

  #cancel(key: string): boolean {
    this.#held.get(key)?.cancel()
    return this.#held.has(key)
  }

  async #recordAt(offset: number): Promise<LogRecord> {
    const { log, channel, partition } = this.#options
    return (await log.read(sendsOn(channel).name, partition, offset, 1))[0]!
  }
}

const unfinishedIn = ({ attempts: known }: AttemptLog): (readonly [string, Attempt])[] =>
  [...known].filter(([, { state }]) => state !== 'done')
