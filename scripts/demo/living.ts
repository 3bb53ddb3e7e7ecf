import type { Control, DeadLetter, Decision, JourneyEnded, Receipt, Send } from '../../schemas/generated.ts'
import type { IdentifiedRecord, InputRecord } from '../../schemas/input-record.ts'
import { isRefusal } from '../../schemas/receipts.ts'
import { minutes, type Time } from '../../schemas/record.ts'
import { channels, sends, topics } from '../../schemas/topics.ts'
import { inOrder, type Population } from '../../simulation/population.ts'
import type { Reaction } from '../../simulation/reactions.ts'
import type { Store } from '../../state/stores/store.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log } from '../../topology/log/log.ts'
import { SerialQueue } from '../../topology/log/serial-queue.ts'
import { EpochRunner } from '../../topology/replay/epoch-runner.ts'

import { HistoryWriter } from '../../topology/replay/history-writer.ts'
import { controlRecord } from '../input/input-records.ts'
import { lastTick } from '../logs/last-tick.ts'
import { TopicCursor, type TopicValue } from '../logs/topic-cursor.ts'
import type { ControlEffect } from '../queries/query.ts'

export interface LivingOptions {
  readonly log: Log
  readonly topology: Topology
  readonly population: Population
  /** What decides from `start` on, on a log that is new. */
  readonly release: Control
  /** When the first epoch begins: a multiple of the length of an epoch. */
  readonly start: Time
  /** Told of each epoch once all of it is decided. */
  readonly lived?: (epoch: LivedEpoch, time: Time) => void
}

/** What decides on what customers do. */
export interface Decider {
  /** Until all input up to the ticks of this time has been decided, on every hop. */
  drain(until: Time): Promise<void>
}

/** The topology in this process. */
export interface EmbeddedOptions extends LivingOptions {
  readonly store: Store
  readonly batch?: number
  readonly cacheRows?: number
}

/** What the demo hears of from its logs. */
interface Heard {
  readonly decisions: TopicCursor<Decision>
  readonly controls: TopicCursor<Control>
  readonly ended: TopicCursor<JourneyEnded>
  readonly deadLetters: TopicCursor<DeadLetter>
}

/** What one epoch came to. */
export interface LivedEpoch {
  readonly records: number
  readonly decisions: readonly Decision[]
  readonly sends: number
  /** What was taken back of what had been sent. */
  readonly cancellations: readonly Send[]
  /** Journeys that were left. */
  readonly ended: readonly JourneyEnded[]
  readonly deadLetters: number
  /** Of each decision on an event: milliseconds from the append of the event to the commit of its decision. */
  readonly latenciesMs: readonly number[]
}

/**
 * Length of an epoch, in simulated time. What customers do in it is appended together with the tick that ends it, so
 * that a log always ends with a whole epoch, and nothing depends on how fast time passes.
 */
export const epochMs = minutes(5)

/** Customers and the topology in one history: it goes on only when all is decided, and the customers have heard of it. */
export class Living<D extends Decider = EpochRunner> {
  readonly #options: LivingOptions
  readonly #decider: D
  readonly #news: Heard
  readonly #sends: readonly TopicCursor<Send>[]
  readonly #receipts: TopicCursor<Receipt>
  #commits: { readonly at: number; readonly ends: Promise<readonly number[]> }[] = []
  /** What customers are still going to do because of what was sent to them. */
  #pending: Reaction[] = []
  #time: Time
  /** The last tick that was appended. */
  #appended: Time
  /** Epochs, and work that needs quiet between them. */
  readonly #queue = new SerialQueue()
  #failure: { readonly error: unknown } | null = null

  private constructor(options: LivingOptions, decider: D, news: Heard, time: Time) {
    const { log } = options
    this.#options = options
    this.#decider = decider
    this.#news = news
    this.#sends = channels.map(channel => TopicCursor.fromStart<Send>(log, sends[channel], 'send'))
    this.#receipts = TopicCursor.fromStart<Receipt>(log, topics.receipts, 'receipt')
    this.#time = time
    this.#appended = time
  }

  /** Begins, or goes on where the log ends: all there is to know is in the log. The topics must be there. */
  static open(options: EmbeddedOptions): Promise<Living> {
    const { log, topology, store, batch, cacheRows } = options
    const settings = { ...(batch === undefined ? {} : { batch }), ...(cacheRows === undefined ? {} : { cacheRows }) }
    return Living.openWith(options, progress => EpochRunner.open({ log, topology, store, ...settings, progress }))
  }

  /** The same, with another who decides; `committed` is to be called whenever something may have been decided. */
  static async openWith<D extends Decider>(
    options: LivingOptions,
    decides: (committed: () => void) => Promise<D>,
  ): Promise<Living<D>> {
    const { log, topology, release, start } = options
    if ((await log.end(topics.control.name, 0)) === 0) {
      const writer = new HistoryWriter(log, topology, { tickMs: epochMs })
      writer.add(controlRecord(release, start - 1))
      writer.tick(start)
      await writer.flush()
    }
    let living: Living<D> | undefined
    const decider = await decides(() => living?.committed())
    const time = await timeOf(log)
    await decider.drain(time)
    const news = {
      decisions: await TopicCursor.fromEnd<Decision>(log, topics.decisions, 'decision'),
      controls: await TopicCursor.fromEnd<Control>(log, topics.people, 'control'),
      ended: await TopicCursor.fromEnd<JourneyEnded>(log, topics.journeys, 'ended'),
      deadLetters: await TopicCursor.fromEnd<DeadLetter>(log, topics.deadLetters, 'letter'),
    }
    living = new Living(options, decider, news, time)
    await living.#hear()
    return living
  }

  /** All before it is decided. */
  get time(): Time {
    return this.#time
  }

  /**
   * The time of what is appended from outside at this moment: behind the last tick, ahead of all that the customers do
   * next. It belongs to the epoch that comes.
   */
  get arrival(): Time {
    return this.#appended + 1
  }

  /** Lives one epoch more where something came in behind the last tick, so that all of the log is decided. */
  settle(): Promise<void> {
    return this.#queue.run(async () => {
      const { log } = this.#options
      for (let partition = 0; partition < log.topics().get(topics.receipts.name)!; partition++)
        if ((await lastTick(log, topics.receipts, partition)) === null) {
          await this.#epoch([])
          return
        }
    })
  }

  /** Lives one epoch: appends what happens in it, decides on all of it, and lets the customers hear what is sent. */
  epoch(): Promise<LivedEpoch> {
    return this.#queue.run(() => this.#epoch([]))
  }

  /**
   * Lives one epoch that begins with this change of what is decided, and tells where it took effect. The change is a record
   * of the history like any other, so a replay of the log meets it at the same place.
   */
  control(control: Control): Promise<ControlEffect> {
    return this.#queue.run(async () => {
      // Off the tick, and ahead of all that happens in the epoch.
      const at = this.#time + 1
      const { cancellations } = await this.#epoch([controlRecord(control, at)])
      const found = await this.#news.controls.next()
      const positions = found
        .filter(({ value: { controlId, hash } }) => controlId === control.controlId && hash === control.hash)
        .map(({ partition, offset }) => ({ partition, offset }))
      return { at, positions, cancelled: cancellations.filter(({ reason }) => reason === 'action-stopped').length }
    })
  }

  /** Does something while all is decided and nothing happens: between two epochs. */
  quiet<T>(work: (decider: D) => Promise<T>): Promise<T> {
    return this.#queue.run(() => work(this.#decider))
  }

  /** Of an epoch that failed nobody knows how far it came: only a new start can go on. */
  async #epoch(first: readonly InputRecord[]): Promise<LivedEpoch> {
    if (this.#failure) throw this.#failure.error
    try {
      return await this.#live(first)
    } catch (error) {
      this.#failure = { error }
      throw error
    }
  }

  async #live(first: readonly InputRecord[]): Promise<LivedEpoch> {
    const { log, topology, population, lived } = this.#options
    const to = this.#time + epochMs
    const due = this.#pending.filter(({ timestamp }) => timestamp < to)
    this.#pending = this.#pending.filter(({ timestamp }) => timestamp >= to)
    const happened = [...population.eventsBetween(this.#time, to), ...due].map(offTheTick).sort(inOrder)
    const writer = new HistoryWriter(log, topology, { tickMs: epochMs })
    for (const record of [...first, ...happened]) writer.add(record)
    writer.tick(to)
    this.#commits = []
    const appended = performance.now()
    // From the moment it is handed to the log: whatever is appended after it stands behind its tick.
    this.#appended = to
    await writer.flush()
    await this.#decider.drain(to)
    this.#time = to
    const decided = await this.#news.decisions.next()
    const commits = await Promise.all(this.#commits.map(async ({ at, ends }) => ({ at, ends: await ends })))
    const latenciesMs = decided
      .filter(({ value }) => value.trigger.eventId !== '')
      .map(({ partition, offset }) => commits.find(({ ends }) => ends[partition]! > offset)!.at - appended)
    const heard = await this.#hear()
    const decisions = decided.map(({ value }) => value)
    const cancellations = heard.filter(({ kind }) => kind === 'cancel')
    const sends = heard.length - cancellations.length
    const ended = (await this.#news.ended.next()).map(({ value }) => value)
    const deadLetters = (await this.#news.deadLetters.next()).length
    const epoch = { records: happened.length, decisions, sends, cancellations, ended, deadLetters, latenciesMs }
    lived?.(epoch, to)
    return epoch
  }

  /** Notes when which decisions were there. */
  committed(): void {
    this.#commits.push({ at: performance.now(), ends: this.#news.decisions.ends() })
  }

  /**
   * Tells the customers what was sent since the last time, epoch by epoch: after a restart, all that was ever sent, in the
   * same order as then. A timer may be due at the very end of an epoch, a record never comes then. What was cancelled, or
   * refused by whoever should deliver it, brings nothing about any more.
   */
  async #hear(): Promise<readonly Send[]> {
    const { population } = this.#options
    const news = (await Promise.all(this.#sends.map(channel => channel.next())))
      .flat()
      .sort((a, b) => a.timestamp - b.timestamp || (a.value.decisionId < b.value.decisionId ? -1 : 1))
    const refusals = (await this.#receipts.next()).filter(({ value }) => isRefusal(value))
    const sendsByEpoch = byEnd(news, epochMs)
    const refusalsByEpoch = byEnd(refusals, epochMs)
    const ends = new Set([...sendsByEpoch.keys(), ...refusalsByEpoch.keys()])
    for (const end of [...ends].sort((a, b) => a - b)) {
      const ofEpoch = sendsByEpoch.get(end) ?? []
      const sent = ofEpoch.filter(({ kind }) => kind === 'send')
      this.#pending.push(...population.reactionsTo(sent, end))
      const ended = [...ofEpoch.filter(({ kind }) => kind === 'cancel'), ...(refusalsByEpoch.get(end) ?? [])]
      const over = new Set(ended.map(({ decisionId }) => decisionId))
      if (over.size > 0)
        this.#pending = this.#pending.filter(({ decisionId, timestamp }) => !over.has(decisionId) || timestamp < end)
    }
    // What came before is in the log already, when this is a restart.
    this.#pending = this.#pending.filter(({ timestamp }) => timestamp >= this.#time)
    return news.map(({ value }) => value)
  }
}

/** Where the last epoch ended: `control` ends with a tick. */
async function timeOf(log: Log): Promise<Time> {
  const time = await lastTick(log, topics.control, 0)
  if (time === null) throw new Error(`'${topics.control.name}' does not end with a tick`)
  return time
}

/** So that the time of a send tells its epoch: at a tick, only timers fire. */
const offTheTick = (record: IdentifiedRecord): IdentifiedRecord =>
  record.timestamp % epochMs === 0 ? { ...record, timestamp: record.timestamp + 1 } : record

/** What came up, by the end of the epoch that it belongs to; at the end itself, it belongs to the epoch before. */
function byEnd<V>(news: readonly TopicValue<V>[], epochMs: number): Map<Time, V[]> {
  const found = new Map<Time, V[]>()
  for (const { timestamp, value } of news) {
    const end = Math.ceil(timestamp / epochMs) * epochMs
    const ofEpoch = found.get(end)
    if (ofEpoch) ofEpoch.push(value)
    else found.set(end, [value])
  }
  return found
}
