import type { Control, DeadLetter, Decision, JourneyEnded, Receipt, Send } from '../../schemas/generated.ts'
import type { IdentifiedRecord, InputRecord } from '../../schemas/input-record.ts'
import { isRefusal } from '../../schemas/receipts.ts'
import { minutes, type Time } from '../../schemas/record.ts'
import { channelsAmong, sendsOn, topics } from '../../schemas/topics.ts'
import { inOrder, type Population } from '../../simulation/population.ts'
import type { Reaction } from '../../simulation/reactions.ts'
import type { Store } from '../../state/stores/store.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log } from '../../topology/log/log.ts'
import { SerialQueue } from '../../topology/log/serial-queue.ts'
import { controlRecord } from '../../topology/replay/control-record.ts'
import { HistoryRunner } from '../../topology/replay/history-runner.ts'
import { HistoryWriter } from '../../topology/replay/history-writer.ts'
import { TaskStopped } from '../../topology/task/checkpoint.ts'
import { lastTick } from '../logs/last-tick.ts'
import { TopicCursor, type TopicValue } from '../logs/topic-cursor.ts'
import type { ControlEffect } from '../queries/query.ts'

/** Options of a simulation loop. */
export interface SimulationLoopOptions {
  readonly log: Log
  readonly topology: Topology
  readonly population: Population
  /** The release that a new log begins with. */
  readonly release: Control
  /** The start of the first epoch: a multiple of the epoch length. */
  readonly start: Time
  /**
   * Whether a release or a stop follows at once: then what the log ends with may be stuck until that is folded ahead of it.
   */
  readonly isOvertaken?: boolean
  /** Called after each epoch, once everything in it is decided. */
  readonly onEpoch?: (epoch: EpochResult, time: Time) => void
}

/** Decides on the input of a log. */
export interface Decider {
  /** Resolves once all input up to the ticks of this time is decided, on every hop. */
  drain(until: Time): Promise<void>
}

/** Options for deciding in this process. */
export interface EmbeddedOptions extends SimulationLoopOptions {
  readonly store: Store
  readonly batch?: number
  readonly cacheRows?: number
}

/** The topics that the loop reads after each epoch. */
interface TopicCursors {
  readonly decisions: TopicCursor<Decision>
  readonly controls: TopicCursor<Control>
  readonly ended: TopicCursor<JourneyEnded>
  readonly deadLetters: TopicCursor<DeadLetter>
}

/** The result of one epoch. */
export interface EpochResult {
  readonly records: number
  readonly decisions: readonly Decision[]
  readonly sends: number
  /** Cancellations of sends. */
  readonly cancellations: readonly Send[]
  /** Journeys that ended. */
  readonly ended: readonly JourneyEnded[]
  readonly deadLetters: number
  /** For each decision on an event, the milliseconds from the append of the event to the commit of the decision. */
  readonly latenciesMs: readonly number[]
}

/**
 * Length of an epoch, in simulated time. The records of an epoch are appended together with the tick that ends it, so that
 * a log always ends with a whole epoch, and nothing depends on the speed of the simulation.
 */
export const epochMs = minutes(5)

/** Runs simulated customers and a topology on one log. An epoch begins once the previous one is decided and customers have reacted. */
export class SimulationLoop<D extends Decider = HistoryRunner> {
  readonly #options: SimulationLoopOptions
  readonly #decider: D
  readonly #cursors: TopicCursors
  readonly #sends: readonly TopicCursor<Send>[]
  readonly #receipts: TopicCursor<Receipt>
  #commits: { readonly at: number; readonly ends: Promise<readonly number[]> }[] = []
  /** Reactions of customers that are still to be appended. */
  #pending: Reaction[] = []
  #time: Time
  /** The last tick that was appended. */
  #appended: Time
  /** Runs epochs, and work between them, one at a time. */
  readonly #queue = new SerialQueue()
  #failure: { readonly error: unknown } | null = null

  private constructor(options: SimulationLoopOptions, decider: D, cursors: TopicCursors, time: Time) {
    const { log } = options
    this.#options = options
    this.#decider = decider
    this.#cursors = cursors
    this.#sends = channelsAmong(log.topics().keys()).map(channel =>
      TopicCursor.fromStart<Send>(log, sendsOn(channel), 'send'),
    )
    this.#receipts = TopicCursor.fromStart<Receipt>(log, topics.receipts, 'receipt')
    this.#time = time
    this.#appended = time
  }

  /** Begins, or continues where the log ends; the log holds all state. The topics must exist. */
  static open(options: EmbeddedOptions): Promise<SimulationLoop> {
    const { log, topology, store, batch, cacheRows } = options
    const settings = { ...(batch === undefined ? {} : { batch }), ...(cacheRows === undefined ? {} : { cacheRows }) }
    return SimulationLoop.openWith(options, progress =>
      HistoryRunner.open({ log, topology, store, ...settings, progress }),
    )
  }

  /** Opens a loop with another decider, which calls `committed` after each commit. */
  static async openWith<D extends Decider>(
    options: SimulationLoopOptions,
    decides: (committed: () => void) => Promise<D>,
  ): Promise<SimulationLoop<D>> {
    const { log, topology, release, start } = options
    if ((await log.end(topics.control.name, 0)) === 0) {
      const writer = new HistoryWriter(log, topology, { tickMs: epochMs })
      writer.add(controlRecord(release, start - 1))
      writer.tick(start)
      await writer.flush()
    }
    let loop: SimulationLoop<D> | undefined
    const decider = await decides(() => loop?.committed())
    const time = await timeOf(log)
    await decider.drain(time).catch(error => {
      const isStuck = error instanceof TaskStopped && error.code === 'stuck'
      if (!isStuck || !options.isOvertaken) throw error
    })
    const cursors = {
      decisions: await TopicCursor.fromEnd<Decision>(log, topics.decisions, 'decision'),
      controls: await TopicCursor.fromEnd<Control>(log, topics.people, 'control'),
      ended: await TopicCursor.fromEnd<JourneyEnded>(log, topics.journeys, 'ended'),
      deadLetters: await TopicCursor.fromEnd<DeadLetter>(log, topics.deadLetters, 'letter'),
    }
    loop = new SimulationLoop(options, decider, cursors, time)
    await loop.#react()
    return loop
  }

  /** The simulated time: everything before it is decided. */
  get time(): Time {
    return this.#time
  }

  /**
   * The time for records that are appended from outside now: after the last tick, and before all records of the next
   * epoch, to which they belong.
   */
  get nextInputTime(): Time {
    return this.#appended + 1
  }

  /** Runs one more epoch where records came after the last tick, so that the whole log is decided. */
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

  /** Runs one epoch: appends its records, decides on them, and lets customers react to the sends. */
  epoch(): Promise<EpochResult> {
    return this.#queue.run(() => this.#epoch([]))
  }

  /**
   * Runs one epoch that begins with this control record, and returns where it took effect. It is a record of the history
   * like any other, so a replay of the log meets it at the same place.
   */
  control(control: Control): Promise<Omit<ControlEffect, 'inForce'>> {
    return this.#queue.run(async () => {
      // After the tick, and before all other records of the epoch.
      const at = this.#time + 1
      const { cancellations } = await this.#epoch([controlRecord(control, at)])
      const found = await this.#cursors.controls.next()
      const positions = found
        .filter(({ value: { controlId, hash } }) => controlId === control.controlId && hash === control.hash)
        .map(({ partition, offset }) => ({ partition, offset }))
      return { at, positions, cancelled: cancellations.filter(({ reason }) => reason === 'action-stopped').length }
    })
  }

  /** Runs work between two epochs, while everything is decided and nothing is appended. */
  betweenEpochs<T>(work: (decider: D) => Promise<T>): Promise<T> {
    return this.#queue.run(() => work(this.#decider))
  }

  /** Runs one epoch. How far a failed epoch came is unknown, so after a failure the loop must be opened again. */
  async #epoch(first: readonly InputRecord[]): Promise<EpochResult> {
    if (this.#failure) throw this.#failure.error
    try {
      return await this.#run(first)
    } catch (error) {
      this.#failure = { error }
      throw error
    }
  }

  async #run(first: readonly InputRecord[]): Promise<EpochResult> {
    const { log, topology, population, onEpoch } = this.#options
    const to = this.#time + epochMs
    const due = this.#pending.filter(({ timestamp }) => timestamp < to)
    this.#pending = this.#pending.filter(({ timestamp }) => timestamp >= to)
    const records = [...population.eventsBetween(this.#time, to), ...due].map(besideTick).sort(inOrder)
    const writer = new HistoryWriter(log, topology, { tickMs: epochMs })
    for (const record of [...first, ...records]) writer.add(record)
    writer.tick(to)
    this.#commits = []
    const appended = performance.now()
    // Set before the append: a record that is appended afterwards comes after this tick.
    this.#appended = to
    await writer.flush()
    await this.#decider.drain(to)
    this.#time = to
    const decided = await this.#cursors.decisions.next()
    const commits = await Promise.all(this.#commits.map(async ({ at, ends }) => ({ at, ends: await ends })))
    const latenciesMs = decided
      .filter(({ value }) => value.trigger.eventId !== '')
      .map(({ partition, offset }) => commits.find(({ ends }) => ends[partition]! > offset)!.at - appended)
    const handled = await this.#react()
    const decisions = decided.map(({ value }) => value)
    const cancellations = handled.filter(({ kind }) => kind === 'cancel')
    const sends = handled.length - cancellations.length
    const ended = (await this.#cursors.ended.next()).map(({ value }) => value)
    const deadLetters = (await this.#cursors.deadLetters.next()).length
    const epoch = { records: records.length, decisions, sends, cancellations, ended, deadLetters, latenciesMs }
    onEpoch?.(epoch, to)
    return epoch
  }

  /** Notes the time of a commit and the ends of the decisions topic. */
  committed(): void {
    this.#commits.push({ at: performance.now(), ends: this.#cursors.decisions.ends() })
  }

  /**
   * Collects the reactions of customers to new sends, epoch by epoch; after a restart to all sends, in the same order as
   * before. A timer may fire at the very end of an epoch, and its sends belong to that epoch. Cancelled and undeliverable
   * sends cause no further reactions. Returns the new sends and cancellations.
   */
  async #react(): Promise<readonly Send[]> {
    const { population } = this.#options
    const sends = (await Promise.all(this.#sends.map(channel => channel.next())))
      .flat()
      .sort((a, b) => a.timestamp - b.timestamp || (a.value.decisionId < b.value.decisionId ? -1 : 1))
    const refusals = (await this.#receipts.next()).filter(({ value }) => isRefusal(value))
    const sendsByEpoch = byEpochEnd(sends, epochMs)
    const refusalsByEpoch = byEpochEnd(refusals, epochMs)
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
    // After a restart, earlier reactions are in the log already.
    this.#pending = this.#pending.filter(({ timestamp }) => timestamp >= this.#time)
    return sends.map(({ value }) => value)
  }
}

/** Returns the end of the last epoch; `control` ends with its tick. */
async function timeOf(log: Log): Promise<Time> {
  const time = await lastTick(log, topics.control, 0)
  if (time === null) throw new Error(`'${topics.control.name}' does not end with a tick`)
  return time
}

/** Moves a record off the tick, so that only timers fire at ticks, and the time of a send tells its epoch. */
const besideTick = (record: IdentifiedRecord): IdentifiedRecord =>
  record.timestamp % epochMs === 0 ? { ...record, timestamp: record.timestamp + 1 } : record

/** Groups values by the end of their epoch; a value at the very end belongs to the epoch that ends there. */
function byEpochEnd<V>(values: readonly TopicValue<V>[], epochMs: number): Map<Time, V[]> {
  const found = new Map<Time, V[]>()
  for (const { timestamp, value } of values) {
    const end = Math.ceil(timestamp / epochMs) * epochMs
    const ofEpoch = found.get(end)
    if (ofEpoch) ofEpoch.push(value)
    else found.set(end, [value])
  }
  return found
}
