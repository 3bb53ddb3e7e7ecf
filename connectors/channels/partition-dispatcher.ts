import type { Send } from '../../schemas/generated.ts'
import { type Channel, sends } from '../../schemas/topics.ts'
import { BadRecord } from '../../schemas/wire.ts'
import type { Log, LogRecord, OutputRecord } from '../../topology/log/log.ts'
import { SerialQueues } from '../../topology/log/serial-queue.ts'
import type { ChannelContext, PartitionContext } from './channel-context.ts'
import { Delivery } from './delivery.ts'
import { type Attempt, Journal } from './journal.ts'
import { Lookout } from './lookout.ts'
import { Nudge } from './nudge.ts'
import { Reports, sendIn } from './send-records.ts'

/** Of one partition of a channel's sends. */
export interface PartitionOptions {
  readonly log: Log
  readonly channel: Channel
  readonly partition: number
  /** Sends held in memory. */
  readonly heldMax: number
  readonly rememberedMax: number
  readonly pollMs: number
}

const readAtOnce = 200

/** Takes in the sends of one partition, as many as it may hold, and sees to it that each is delivered once. */
export class PartitionDispatcher {
  readonly #options: PartitionOptions
  readonly #context: PartitionContext
  readonly #journal: Journal
  readonly #lookout: Lookout
  readonly #held = new Map<string, Delivery>()
  readonly #running = new Set<Promise<void>>()
  readonly #nudge = new Nudge()
  /** The channel's, or that this partition has failed. */
  readonly #stopping = new AbortController()
  #failure: { readonly error: unknown } | null = null

  private constructor(options: PartitionOptions, shared: ChannelContext, journal: Journal) {
    const { log, channel, partition } = options
    this.#options = options
    this.#journal = journal
    this.#lookout = new Lookout(
      log,
      {
        topic: sends[channel].name,
        partition,
        cancelled: record => this.#cancelled(record),
        cancel: key => this.#cancel(key),
        position: () => journal.position,
      },
      Math.min(journal.position, ...openIn(journal).map(([, { offset }]) => offset)),
    )
    const reports = new Reports(log, channel, partition)
    const letter = async (offset: number, reason: string, detail: string): Promise<OutputRecord> =>
      reports.letter(await this.#recordAt(offset), reason, detail)
    const stopping = this.#stopping.signal
    this.#context = {
      ...shared,
      stopping,
      journal,
      lookout: this.#lookout,
      personQueues: new SerialQueues(),
      reports,
      letter,
    }
    const stop = () => this.#halt()
    if (shared.stopping.aborted) stop()
    else shared.stopping.addEventListener('abort', stop, { once: true })
  }

  /** Takes the partition over, and resumes what its former owner had begun. */
  static async open(options: PartitionOptions, shared: ChannelContext): Promise<PartitionDispatcher> {
    const { log, channel, partition, rememberedMax } = options
    const task = { subTopology: 'channels', topic: sends[channel].name, partition }
    return new PartitionDispatcher(options, shared, await Journal.open(log, task, rememberedMax))
  }

  /** Sends in memory. */
  get held(): number {
    return this.#held.size
  }

  /** Whether all that is due is done with: what is held waits for its time, and nothing is left to be taken in. */
  async isIdle(): Promise<boolean> {
    const { log, channel, partition } = this.#options
    const end = await log.end(sends[channel].name, partition)
    return this.#journal.position >= end && [...this.#held.values()].every(({ isEarly }) => isEarly)
  }

  /** Resolves when the channel has stopped; throws when the log fails, or someone else has taken the partition over. */
  async run(): Promise<void> {
    try {
      await this.#resume()
      while (!this.#stopping.signal.aborted) {
        await this.#lookout.toEnd()
        if (!(await this.#takeIn())) await this.#nudge.wait(this.#options.pollMs)
      }
    } catch (error) {
      this.#fail(error)
    }
    await Promise.all(this.#running)
    if (this.#failure) throw this.#failure.error
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#halt()
  }

  #halt(): void {
    this.#stopping.abort()
    for (const delivery of this.#held.values()) delivery.halt()
    this.#nudge.now()
  }

  /** All at once: a cancellation that is read meanwhile must find them. */
  async #resume(): Promise<void> {
    const open = openIn(this.#journal)
    const records = await Promise.all(open.map(([, { offset }]) => this.#recordAt(offset)))
    for (const [i, [, attempt]] of open.entries()) this.#start(sendIn(this.#options.channel, records[i]!), attempt)
  }

  /** False when there was nothing to take in, or no room. */
  async #takeIn(): Promise<boolean> {
    const { log, channel, partition, heldMax } = this.#options
    const { count } = this.#context
    const room = Math.min(heldMax - this.#held.size, readAtOnce)
    if (room <= 0) return false
    const records = await log.read(sends[channel].name, partition, this.#journal.position, room)
    if (records.length === 0) return false
    const { sends: taken, letters, duplicates } = this.#sorted(records)
    const attempts = Array.from(taken, ([key, { attempt }]) => [key, attempt] as const)
    const written = this.#journal.write(attempts, letters, records.at(-1)!.offset + 1)
    for (const { send, attempt } of taken.values()) this.#start(send, attempt, written)
    this.#lookout.advance()
    await written
    for (let i = 0; i < duplicates; i++) count('duplicates')
    for (const _ of letters) count('deadLetters')
    return true
  }

  /** New sends by key, dead letters for what is none, and how many were known. Cancellations are the lookout's. */
  #sorted(records: readonly LogRecord[]) {
    const found = new Map<string, { readonly send: Send; readonly attempt: Attempt }>()
    const letters: OutputRecord[] = []
    let duplicates = 0
    for (const record of records) {
      try {
        const send = sendIn(this.#options.channel, record)
        const { kind, idempotencyKey: key } = send
        if (kind === 'cancel') continue
        if (found.has(key) || this.#journal.known.has(key)) duplicates++
        else
          found.set(key, { send, attempt: { state: 'waiting', offset: record.offset, tries: 0, isUncertain: false } })
      } catch (error) {
        if (!(error instanceof BadRecord)) throw error
        letters.push(this.#context.reports.letter(record, error.reason, error.message))
      }
    }
    return { sends: found, letters, duplicates }
  }

  /** Held from here on, so that a cancellation finds it; delivered when it is known to the log. */
  #start(send: Send, attempt: Attempt, written: Promise<void> = Promise.resolve()): void {
    const delivery = new Delivery(send, attempt, this.#context)
    this.#held.set(delivery.key, delivery)
    if (this.#lookout.isCancelled(delivery.key)) delivery.cancel()
    const run = written
      .then(() => delivery.run())
      .catch(error => this.#fail(error))
      .finally(() => {
        this.#held.delete(delivery.key)
        this.#running.delete(run)
        this.#nudge.now()
      })
    this.#running.add(run)
  }

  #cancelled(record: LogRecord): string | null {
    try {
      const { kind, idempotencyKey } = sendIn(this.#options.channel, record)
      return kind === 'cancel' ? idempotencyKey : null
    } catch (error) {
      // It gets its dead letter when it is taken in.
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
    return (await log.read(sends[channel].name, partition, offset, 1))[0]!
  }
}

const openIn = ({ known }: Journal): (readonly [string, Attempt])[] =>
  [...known].filter(([, { state }]) => state !== 'done')
