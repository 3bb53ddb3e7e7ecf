import { setImmediate } from 'node:timers/promises'
import type { LogPosition, Time, Topic } from '../../schemas/record.ts'
import { BadRecord } from '../../schemas/wire.ts'
import { RowVersionError, rowVersionName } from '../../state/row-versions.ts'
import type { Store, StoreChange } from '../../state/stores/store.ts'
import type { Plan } from '../graph/plan.ts'
import {
  type Commit,
  type Committed,
  type Log,
  type LogRecord,
  type OutputRecord,
  type Ownership,
  taskName,
} from '../log/log.ts'
import { CarefulFold, nothingAhead, type Overtake, type Quarantined } from './careful-fold.ts'
import { type Checkpoint, encodeCheckpoint, fingerprintOf, runtimeVersion, TaskStopped } from './checkpoint.ts'
import { Fold, type RowBroadcast } from './fold.ts'
import type { Emission } from './outputs.ts'
import { acquireTask, restoreRows } from './recovery.ts'
import { RowCache } from './row-cache.ts'
import { isChange, nextChange } from './row-changes.ts'
import { assertReadable, noRowSchemas, type RowSchemas } from './row-check.ts'
import { type SequenceCounter, SequenceCounters } from './sequence-counters.ts'
import { tickOf } from './tick.ts'

/** Configures a task. */
export interface TaskOptions {
  readonly log: Log
  readonly store: Store
  readonly topologyVersion: string
  /** The tasks whose ticks make up this partition's clock; empty for a log written from outside. */
  readonly tickSources: readonly string[]
  /** The number of records whose rows are fetched together. It changes no result. */
  readonly batch: number
  /** The number of keys whose rows stay in memory between commits. */
  readonly cacheRows: number
  readonly freeze?: boolean
  /**
   * The most keys whose timers one tick fires; the others wait for the next tick. By default a tick fires all, since
   * only a live clock is sure to tick again.
   */
  readonly timersPerTick?: number
  /** Called with how far the rows have been restored from the changelog. */
  readonly restored?: (applied: number, end: number) => void
  /** Looks up the schemas of rows that a later version wrote. */
  readonly rowSchemas?: RowSchemas
  /** Folds so that what throws is undone, and tried under the row before. It is slower, and changes no result. */
  readonly careful?: boolean
  /** Called where something threw under a row that people change, and the row before went on. */
  readonly quarantined?: (quarantined: Quarantined) => void
}

const noBytes = new Uint8Array()

/** Folds one partition of one log. It owns the rows that its sub-topology keeps for that partition. */
export class Task {
  readonly name: string
  readonly topic: Topic
  readonly partition: number
  readonly plan: Plan
  readonly #options: TaskOptions
  readonly #owner: Ownership
  readonly rows: RowCache
  readonly #fold: Fold
  readonly #careful: CarefulFold
  /** Whether what throws is undone. */
  isCareful: boolean
  /** The offset of the last record that was folded ahead of its place. */
  #ahead: number
  readonly #sent: SequenceCounters
  /** PERF: the same counters by topic and partition, since a name would have to be built for each record. */
  readonly #targets = new Map<Topic, SequenceCounter[]>()
  readonly #received: SequenceCounters
  readonly #ticks: Map<string, Time>
  #position: number
  /** The position and checkpoint that this owner committed last. */
  #committed: Pick<Commit, 'position' | 'checkpoint'>
  #clock: Time
  #last: LogRecord | undefined
  #fingerprint: string
  readonly #rowVersions: readonly string[]
  /** Counts the records that came a second time. It should stay 0. */
  duplicates = 0

  private constructor(
    plan: Plan,
    topic: Topic,
    owner: Ownership,
    checkpoint: Checkpoint,
    rows: RowCache,
    options: TaskOptions,
  ) {
    this.name = taskName(owner.task)
    this.plan = plan
    this.topic = topic
    this.partition = owner.task.partition
    this.#owner = owner
    this.#options = options
    this.rows = rows
    this.#fold = new Fold(plan, rows, { freeze: options.freeze ?? false })
    this.#careful = new CarefulFold(this.name, plan, rows, this.#fold, options.quarantined ?? (() => undefined))
    this.isCareful = options.careful ?? false
    this.#ahead = checkpoint.ahead ?? -1
    this.#sent = new SequenceCounters(checkpoint.sent)
    this.#received = new SequenceCounters(checkpoint.received)
    this.#ticks = new Map(Object.entries(checkpoint.ticks))
    this.#position = checkpoint.position
    this.#committed = { position: checkpoint.position, checkpoint: encodeCheckpoint(checkpoint) }
    this.#fingerprint = checkpoint.fingerprint
    this.#rowVersions = rowVersionsOf(plan, checkpoint)
    this.#clock = this.#leastTick()
  }

  /** Opens a task: acquires it, checks its checkpoint and restores its rows. */
  static async open(plan: Plan, topic: Topic, partition: number, options: TaskOptions): Promise<Task> {
    const { log, store, cacheRows, topologyVersion, restored, rowSchemas = noRowSchemas } = options
    const id = { subTopology: plan.subTopology, topic: topic.name, partition }
    const { owner, checkpoint } = await acquireTask(log, id, topologyVersion, topic.role === 'internal')
    const rows = new RowCache(store, taskName(id), cacheRows)
    await restoreRows(rows, owner, log, restored)
    await assertReadable(taskName(id), plan.tables, checkpoint.rows ?? [], rows, rowSchemas)
    await rows.loadPinned()
    return new Task(plan, topic, owner, checkpoint, rows, options)
  }

  /** The offset of the next record to fold. */
  get position(): number {
    return this.#position
  }

  /** The offset from which on a record that lets a stuck task go on may come. */
  get unseen(): number {
    return Math.max(this.#position, this.#ahead + 1)
  }

  /** All timers due by this time have fired, and no source can still send an earlier tick. */
  get clock(): Time {
    return this.#clock
  }

  /** Loads the rows of these records, so that folding them does not wait for the store. */
  async prepare(records: readonly LogRecord[]): Promise<void> {
    if (this.plan.isKeyed) await this.rows.settled()
    await this.#prefetch(records.slice(0, this.#options.batch))
  }

  /**
   * Folds these records in order, without committing. `before` is called before each batch, and may throw to end the
   * fold.
   */
  async fold(records: readonly LogRecord[], before: (count: number) => void = () => undefined): Promise<Emission[]> {
    const { batch: size } = this.#options
    if (this.plan.isKeyed) await this.rows.settled()
    let fetched = this.#prefetch(records.slice(0, size))
    for (let from = 0; from < records.length; from += size) {
      await fetched
      // The rows of the next batch are loaded while this one is folded.
      const next = records.slice(from + size, from + 2 * size)
      fetched = this.#prefetch(next)
      // Some stores begin to read only after a yield to the event loop.
      if (next.length > 0 && this.plan.isKeyed) await setImmediate()
      const batch = records.slice(from, from + size)
      before(batch.length)
      for (const record of batch) {
        if (!this.#accepts(record)) continue
        const at = tickOf(this.topic, record)
        // Only a tick waits for the store: records are folded synchronously over rows that are in memory.
        if (at !== null) await this.#tick(at, record)
        else if (this.isCareful) {
          await fetched
          await this.#carefully(record, () => undefined, this.#overtake)
        } else this.#folded(record)
        for (const broadcast of this.#fold.broadcasts()) {
          // The prefetch must end first: the broadcast loads and drops rows itself.
          await fetched
          await this.broadcast([broadcast], () => undefined)
        }
      }
    }
    return this.#fold.drainEmissions()
  }

  /** Whether the rows that this record needs are in memory. */
  isReady({ key }: LogRecord): boolean {
    return !this.plan.isKeyed || this.rows.has(key)
  }

  /** Folds one record whose rows are in memory, without committing. A tick is passed over: in a history the order of records is the clock. */
  step(record: LogRecord): void {
    if (this.#accepts(record) && tickOf(this.topic, record) === null) this.#folded(record)
  }

  /**
   * Does what `step` and `broadcast` do, so that what throws is undone and tried under the row before; where that throws too,
   * `overtake` folds a record ahead. Throws TaskStopped where there is none.
   */
  async stepCarefully(record: LogRecord, applied: (key: string) => void, overtake: Overtake): Promise<void> {
    if (this.#accepts(record) && tickOf(this.topic, record) === null) await this.#carefully(record, applied, overtake)
  }

  /** Does what `fire` does in the same way. */
  async fireCarefully(key: string, until: Time, overtake: Overtake): Promise<void> {
    const position = { topic: this.topic.name, partition: this.partition, offset: this.#position }
    await this.#timersCarefully(key, until, position, overtake)
  }

  /** Passes over a record of an input log that says nothing but the time. */
  skip(record: LogRecord): void {
    this.#accepts(record)
  }

  /** Fires the timers of a key that are due by this time, before the next record, which they name as their input. Its rows must be in memory. */
  fire(key: string, until: Time): void {
    this.#fold.timers(key, until, { topic: this.topic.name, partition: this.partition, offset: this.#position })
  }

  /** Applies the broadcasts of the last record at every key that has such a row, and calls `applied` after each. */
  async broadcast(broadcasts: readonly RowBroadcast[], applied: (key: string) => void): Promise<void> {
    for (const { table, apply } of broadcasts) {
      let n = 0
      for await (const keys of this.rows.keysWithRow(table))
        for (const key of keys) {
          apply(key, n++)
          applied(key)
        }
    }
  }

  /** Takes the broadcasts of the last record. */
  takeBroadcasts(): readonly RowBroadcast[] {
    return this.#fold.broadcasts()
  }

  /** Takes what was emitted since the last call, in order. */
  takeEmissions(): readonly Emission[] {
    return this.#fold.drainEmissions()
  }

  /**
   * Folds a record. A bad input record has become a dead letter; on an internal log it means that someone else wrote
   * there.
   */
  #folded(record: LogRecord): void {
    try {
      this.#fold.record(this.topic, this.partition, record)
    } catch (error) {
      const place = `record ${record.offset} of ${this.topic.name}/${this.partition}`
      if (error instanceof RowVersionError)
        throw new TaskStopped('row-version', this.name, `${place}: ${error.message}`, { cause: error })
      if (!(error instanceof BadRecord)) throw error
      const reason = `${place} can't be read: ${error.message} [${error.reason}]`
      const remedy = `joai apply --allow skip:${this.topic.name}/${this.partition}/${record.offset} skips it`
      throw new TaskStopped('unreadable-record', this.name, `${reason}; ${remedy}`, { cause: error })
    }
  }

  #carefully(record: LogRecord, applied: (key: string) => void, overtake: Overtake): Promise<void> {
    const position = { topic: this.topic.name, partition: this.partition, offset: record.offset }
    const work = async () => {
      this.#folded(record)
      await this.broadcast(this.#fold.broadcasts(), applied)
    }
    const { key, timestamp: at, value: bytes } = record
    return this.#careful.run({ position, key, at, isTimer: false, bytes, work }, overtake)
  }

  #timersCarefully(key: string, until: Time, position: LogPosition, overtake: Overtake): Promise<void> {
    const work = () => this.#fold.timers(key, until, position)
    return this.#careful.run({ position, key, at: until, isTimer: true, bytes: noBytes, work }, overtake)
  }

  /** Folds the next record of this log that changes a row something may throw under, ahead of what is stuck. */
  readonly #overtake: Overtake = async () => {
    const record = await nextChange(this.#options.log, this, this.unseen)
    if (record === null) return null
    await this.#carefully(record, () => undefined, nothingAhead)
    this.#ahead = record.offset
    return record.offset
  }

  #prefetch(records: readonly LogRecord[]): Promise<void> {
    const fetched = this.plan.isKeyed ? this.rows.prefetch(records.map(({ key }) => key)) : Promise.resolve()
    // A failure is thrown where the rows are awaited.
    fetched.catch(() => undefined)
    return fetched
  }

  /**
   * Advances to this record. Returns false for a duplicate, and throws TaskStopped if a record is missing before it.
   */
  #accepts(record: LogRecord): boolean {
    const { cause, offset } = record
    this.#position = offset + 1
    this.#last = record
    // Anybody may have put a header on an input.
    if (!cause || this.topic.role === 'input') return true
    const received = this.#received.of(cause.source)
    if (cause.n > received.count + 1)
      throw new TaskStopped(
        'gap',
        this.name,
        `record ${offset} is number ${cause.n} from ${cause.source}, after number ${received.count}`,
      )
    if (cause.n <= received.count) {
      this.duplicates++
      return false
    }
    received.count = cause.n
    // What was folded ahead is not folded again.
    return offset > this.#ahead || !isChange(this, record)
  }

  async #tick(at: Time, record: LogRecord): Promise<void> {
    const source = record.cause?.source ?? ''
    this.#ticks.set(source, Math.max(at, this.#ticks.get(source) ?? 0))
    const clock = this.#leastTick()
    if (clock <= this.#clock) return
    this.#clock = clock
    await this.#fireDue(clock, record)
    for (const topic of this.plan.passesTicksTo) this.#fold.passTick(topic, clock, record.offset)
  }

  async #fireDue(until: Time, { offset }: LogRecord): Promise<void> {
    if (this.plan.timers.size === 0) return
    const position = { topic: this.topic.name, partition: this.partition, offset }
    const keys = (await this.rows.due(until)).slice(0, this.#options.timersPerTick)
    for (let from = 0; from < keys.length; from += this.#options.batch) {
      const some = keys.slice(from, from + this.#options.batch)
      await this.rows.prefetch(some)
      for (const key of some)
        if (this.isCareful) await this.#timersCarefully(key, until, position, this.#overtake)
        else this.#fold.timers(key, until, position)
    }
  }

  /** Computes the clock: the least of all sources' latest ticks, since no source can still send an earlier tick. */
  #leastTick(): Time {
    const { tickSources } = this.#options
    if (tickSources.length === 0) return this.#ticks.get('') ?? 0
    return tickSources.reduce(
      (least, source) => Math.min(least, this.#ticks.get(source) ?? 0),
      Number.POSITIVE_INFINITY,
    )
  }

  /** Makes the output for a target partition, numbered without gaps in the order of the calls. */
  outputFor(emission: Emission, partition: number): OutputRecord {
    const { topic, key, value, timestamp, causeId, path, input } = emission
    const n = ++this.#sentTo(topic, partition).count
    return {
      topic: topic.name,
      partition,
      key: key ?? '',
      value,
      timestamp,
      cause: { source: this.name, position: input, n, causeId, path },
    }
  }

  #sentTo(topic: Topic, partition: number): SequenceCounter {
    let targets = this.#targets.get(topic)
    if (!targets) {
      targets = []
      this.#targets.set(topic, targets)
    }
    targets[partition] ??= this.#sent.of(`${topic.name}/${partition}`)
    return targets[partition]
  }

  /** Whether something was folded, or a row changed, since the last commit. */
  get isAhead(): boolean {
    return this.#position !== this.#committed.position || this.rows.isChanged
  }

  /** Makes the commit of all since the last one, and the changes for the store once the log has committed. */
  commit(outputs: readonly OutputRecord[]): { commit: Commit; changes: StoreChange[] } {
    const { changelog, changes } = this.rows.takeChanges()
    if (this.#last) this.#fingerprint = fingerprintOf(this.#last)
    const checkpoint: Checkpoint = {
      position: this.#position,
      sent: this.#sent.all(),
      received: this.#received.all(),
      ticks: Object.fromEntries(this.#ticks),
      topologyVersion: this.#options.topologyVersion,
      runtimeVersion,
      fingerprint: this.#fingerprint,
      rows: this.#rowVersions,
      ...(this.#owner.topicId !== undefined && { topicId: this.#owner.topicId }),
      ...(this.#ahead >= this.#position && { ahead: this.#ahead }),
    }
    this.#committed = { position: this.#position, checkpoint: encodeCheckpoint(checkpoint) }
    return { commit: { owner: this.#owner, ...this.#committed, outputs, changelog }, changes }
  }

  /** Throws `fenced` if another process has acquired the task. What this one read may then be out of date. */
  async confirmOwnership(): Promise<void> {
    await this.#options.log.commit([{ owner: this.#owner, ...this.#committed, outputs: [], changelog: [] }])
  }

  /** Makes the note for the store that belongs to the rows of this commit. */
  applied({ changelogEnd }: Committed): StoreChange {
    return this.rows.applied(changelogEnd)
  }
}

/** Lists the versions of rows that may be there from the next commit on. */
function rowVersionsOf({ tables }: Plan, { rows = [] }: Checkpoint): string[] {
  const own = Array.from(tables.values(), ({ name, version }) => rowVersionName(name, version))
  return [...new Set([...rows, ...own])].sort()
}
