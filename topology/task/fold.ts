import { timerCauseId } from '../../operators/hashing/ids.ts'
import type { Lookup, Step } from '../../operators/operator.ts'
import type { Moved, MovedRows } from '../../schemas/generated.ts'
import type { LogPosition, StreamRecord, Time, Topic } from '../../schemas/record.ts'
import { BadRecord, encodeValue } from '../../schemas/wire.ts'
import type { RowSet } from '../../state/row-set.ts'
import { isShared, type RowFault, type Table } from '../../state/table.ts'
import type { Plan } from '../graph/plan.ts'
import type { LogRecord } from '../log/log.ts'
import { decodeInput } from './decode-input.ts'
import { deepFreeze } from './freeze.ts'
import { type Emission, type FoldContext, Outputs } from './outputs.ts'
import { forwardTarget, joinRows, moveRows } from './person-moves.ts'
import { type PlacedOperator, type Route, type RouteHandler, type Routes, routesOf } from './routes.ts'
import type { Rows } from './rows.ts'
import { salvageIn } from './salvage.ts'

/** Says that an operator threw, which is a bug. */
export class FoldError extends Error {
  readonly operator: string
  constructor(operator: string, { topic, partition, offset }: LogPosition, cause: unknown) {
    super(`operator '${operator}' failed at ${topic}/${partition}/${offset}: ${(cause as Error).message}`, { cause })
    this.name = 'FoldError'
    this.operator = operator
  }
}

/**
 * Stands for a broadcast record at an operator with a row for each key: it must be applied at every key that has such a
 * row.
 */
export interface RowBroadcast {
  /** The operator's table. */
  readonly table: Table<any>
  /** Applies the record at a key, the nth one. The rows of the key must be in memory. */
  apply(key: string, n: number): void
}

/** The fields of a rejected value that may say where it came from. */
interface Rejected {
  readonly payload?: Uint8Array
  readonly origin?: LogPosition
}

const noBytes = new Uint8Array()
const noPath: readonly number[] = []
const noBroadcasts: readonly RowBroadcast[] = []

/** Runs one record at a time, depth first, through the operators of a sub-topology. It is pure except for the rows. */
export class Fold {
  readonly #plan: Plan
  readonly #rows: Rows
  readonly #freeze: boolean
  readonly #routes: Routes
  readonly #outputs: Outputs
  #broadcasts: RowBroadcast[] = []

  constructor(plan: Plan, rows: Rows, { freeze = false }: { readonly freeze?: boolean } = {}) {
    this.#plan = plan
    this.#rows = rows
    this.#freeze = freeze
    this.#outputs = new Outputs(rows)
    this.#routes = routesOf(plan, (placed, table) => this.#read(placed, table))
  }

  /** Returns the emissions since the last call, in order. */
  drainEmissions(): Emission[] {
    return this.#outputs.drain()
  }

  /** Counts the emissions since the last drain. */
  get emitted(): number {
    return this.#outputs.count
  }

  /** Forgets what was emitted beyond this count, and all broadcasts. */
  forget(emitted: number): void {
    this.#outputs.truncate(emitted)
    this.#broadcasts = []
  }

  /** Tells every partition that the row of a table was taken out of force, and writes a dead letter of the record that was being folded. */
  quarantine({ fallback }: Table<any>, row: unknown, fault: RowFault, bytes: Uint8Array): void {
    const { position, key, at, operator, ahead } = fault
    const causeId = `quarantine/${position.topic}/${position.partition}/${position.offset}/${key}`
    const context = {
      key: null,
      shared: null,
      receivedAt: at,
      causeId,
      position,
      bytes,
      path: noPath,
      count: 0,
      rows: null,
    }
    const { name, type, record } = fallback!
    const went = ahead === null ? 'it went on by the one before' : `record ${ahead} was folded ahead of it`
    const detail = `under ${name(row)} '${operator}' threw: ${went}`
    this.#outputs.deadLetter(context, bytes, new BadRecord('release-quarantined', detail))
    for (const topic of this.#plan.internal) {
      const told = topic.types[type]
      if (told) this.#outputs.append(topic, null, encodeValue(told, record(row, fault)), context)
    }
  }

  /** Passes a tick on to later sub-topologies. */
  passTick(topic: Topic, at: Time, input: number): void {
    this.#outputs.tick(topic, at, input)
  }

  /** Folds one record of this log, after the timers of its key that are due by then. */
  record(topic: Topic, partition: number, record: LogRecord): void {
    const position = { topic: topic.name, partition, offset: record.offset }
    try {
      if (record.unreadable) throw new BadRecord(record.unreadable.code, record.unreadable.message)
      const { name, value } = decodeInput(topic, record.value)
      if (name === 'tick' && topic.role === 'input')
        throw new BadRecord('bad-tick', `it is later than its record, of ${record.timestamp}`)
      const type = topic.types[name]!
      const key = type.key === null ? null : record.key
      const ours = topic.role === 'input' ? undefined : record.cause
      const causeId = ours?.causeId ?? (type.key === null ? name : type.key(value))
      const context = contextOf(record, position, causeId, key, {
        shared: type.shared?.(value) ?? null,
        path: ours?.path ?? noPath,
      })
      if (topic.moves && key !== null) this.#atPerson(topic, name, value, record, context)
      else {
        if (key !== null && this.#routes.timers.size > 0)
          this.#fireDue(this.#rowsOf(context), key, record.timestamp, position)
        this.#enter(topic, name, context, value)
      }
    } catch (error) {
      if (!(error instanceof BadRecord) || topic.role !== 'input') throw error
      const causeId = `dead/${topic.name}/${partition}/${record.offset}`
      const context = contextOf(record, position, causeId, null, { shared: null, path: noPath })
      this.#outputs.deadLetter(context, record.value, error)
      const salvage = salvageIn(topic, record.value)
      if (salvage) this.#enter(topic, salvage.name, context, salvage.value)
    }
  }

  /** Fires the timers of this key that are due by `until`. */
  timers(key: string, until: Time, position: LogPosition): void {
    if (this.#routes.timers.size > 0) this.#fireDue(this.#rows.of(key), key, until, position)
  }

  /** Returns the broadcasts of the last record. The task must apply them, since only the task knows all keys. */
  broadcasts(): readonly RowBroadcast[] {
    if (this.#broadcasts.length === 0) return noBroadcasts
    const broadcasts = this.#broadcasts
    this.#broadcasts = []
    return broadcasts
  }

  /** Folds a record at a person. A merged person has only a stub, and its records are forwarded. */
  #atPerson(topic: Topic, name: string, value: unknown, record: LogRecord, context: FoldContext): void {
    const key = context.key!
    const rows = this.#rowsOf(context)
    const to = forwardTarget(rows)
    if (to !== null) {
      this.#outputs.append(topic, to, record.value, context)
      return
    }
    if (this.#routes.timers.size > 0) this.#fireDue(rows, key, record.timestamp, context.position)
    if (name === 'moved') {
      const moved = moveRows(rows, key, (value as Moved).to)
      this.#rows.markChanged(key)
      this.#outputs.append(topic, moved.personId, encodeValue(topic.types.rows!, moved), context)
      return
    }
    if (name === 'rows') {
      joinRows(rows, value as MovedRows, this.#plan.tables)
      this.#rows.markChanged(key)
    }
    this.#enter(topic, name, context, value)
  }

  #fireDue(rows: RowSet, key: string, until: Time, position: LogPosition): void {
    for (let next = rows.nextDue(); next !== null && next.due <= until; next = rows.nextDue()) {
      rows.cancel(next.table)
      this.#rows.markChanged(key)
      const placed = this.#routes.timers.get(next.table)
      if (placed === undefined) continue
      const { operator } = placed
      const causeId = timerCauseId(operator.name, key, next.due)
      const context = {
        key,
        shared: null,
        receivedAt: next.due,
        causeId,
        position,
        bytes: noBytes,
        path: noPath,
        count: 0,
        rows,
      }
      this.#handle(placed, operator.timer!, context, null)
    }
  }

  #enter(topic: Topic, type: string, context: FoldContext, value: unknown): void {
    this.#deliver(this.#routes.sources.get(topic.name)!.get(type), context, value)
  }

  #deliver(routes: readonly Route[] | undefined, context: FoldContext, value: unknown): void {
    if (routes === undefined) return
    for (const { placed, handler, sink, filter } of routes) {
      if (placed !== null) this.#handle(placed, handler, context, value)
      else if (sink !== null) this.#outputs.sink(sink.topic, sink.type, context, value)
      else if (filter.keep(value)) this.#deliver(filter.onward, context, value)
    }
  }

  #handle(placed: PlacedOperator, handler: RouteHandler, context: FoldContext, value: unknown): void {
    const { operator, table } = placed
    const { key, shared, receivedAt, causeId, position } = context
    if (key === null && table?.scope === 'person') {
      this.#broadcasts.push(this.#broadcastTo(table, placed, handler, context, value))
      return
    }
    const record: StreamRecord<unknown> = { key: key ?? shared ?? '', value, receivedAt, causeId, position }
    const row = table === null ? undefined : this.#rowOf(table, context, operator.name)
    // The operator's reads use this context until it returns.
    placed.context = context
    if (this.#freeze) deepFreeze([record, row])
    let step: Step<any, any>
    try {
      step = handler.call(operator.on, record, row, placed.reads)
    } catch (error) {
      throw new FoldError(operator.name, position, error)
    }
    const reject = step.reject ?? (table === null ? undefined : this.#tableFull(table, context, step))
    if (reject) {
      const { payload = context.bytes, origin } = (value ?? {}) as Rejected
      const { reason, detail } = reject
      this.#outputs.deadLetter(context, payload, new BadRecord(reason, detail), origin)
      if (step.reject === undefined) return
    } else if (table !== null) this.#applyStep(table, context, step)
    if (step.emit === undefined) return
    const { single, onward } = placed
    for (const emitted of step.emit as readonly any[])
      if (single !== null) this.#deliver(single, context, emitted)
      else this.#deliver(onward.get(emitted.to), context, emitted.value)
  }

  // PERF: closures are created in methods of their own. A function that contains a closure allocates a context on every
  // call, and the callers run about twelve times per record, mostly without needing one.

  #broadcastTo(
    table: Table<any>,
    placed: PlacedOperator,
    handler: RouteHandler,
    context: FoldContext,
    value: unknown,
  ): RowBroadcast {
    return {
      table,
      apply: (one, n) =>
        this.#handle(
          placed,
          handler,
          { ...context, key: one, path: [...context.path, n], count: 0, rows: null },
          value,
        ),
    }
  }

  #lookupIn(table: Table<any>): Lookup<unknown> {
    return wanted => this.#lookUp(table, wanted)
  }

  #applySharedStep(table: Table<any>, key: string, step: Step<any, any>, now: Time): void {
    this.#rows.changeShared(key, rows => applyStep(rows, table, step, now))
  }

  /**
   * Reads a table for an operator: the row at the key of its record or, for a shared table, a function that looks rows
   * up.
   */
  #read({ operator, context }: PlacedOperator, table: Table<any>): unknown {
    if (isShared(table)) return this.#lookupIn(table)
    const row = this.#rowsFor(table, context!, operator.name).get(table)
    if (this.#freeze) deepFreeze(row)
    return row
  }

  #lookUp(table: Table<any>, key: string): unknown {
    const rows = this.#rows.shared(key)
    if (!rows?.has(table)) return undefined
    const row = rows.get(table)
    if (this.#freeze) deepFreeze(row)
    return row
  }

  #rowOf(table: Table<any>, context: FoldContext, operator: string): unknown {
    if (!isShared(table)) return this.#rowsFor(table, context, operator).get(table)
    const { shared } = context
    if (shared === null) throw new Error(`'${operator}' keeps shared rows, but this record is about none`)
    return this.#rows.shared(shared)?.get(table) ?? table.empty
  }

  /**
   * Rejects a step that would add a row to a full shared table. Shared rows stay in memory, so their number is limited.
   */
  #tableFull(table: Table<any>, { shared }: FoldContext, step: Step<any, any>): Step<any, any>['reject'] {
    if (!isShared(table) || shared === null || !step.row) return undefined
    if (this.#rows.sharedCount < table.rowsMax || this.#rows.shared(shared)?.has(table)) return undefined
    return { reason: 'table-full', detail: `there are ${table.rowsMax} rows of '${table.name}' already` }
  }

  #rowsFor(table: Table<any>, context: FoldContext, operator: string): RowSet {
    if (table.scope === 'partition') return this.#rows.partition
    if (context.key === null) throw new Error(`'${operator}' keeps a row for each key, but a broadcast record has none`)
    return this.#rowsOf(context)
  }

  /** Finds the rows of the key that is being folded, once for each record. */
  #rowsOf(context: FoldContext): RowSet {
    context.rows ??= this.#rows.of(context.key!)
    return context.rows
  }

  #applyStep(table: Table<any>, context: FoldContext, step: Step<any, any>): void {
    if (step.row === undefined && step.timer === undefined) return
    const { key, shared, receivedAt: now } = context
    if (isShared(table)) this.#applySharedStep(table, shared!, step, now)
    else if (table.scope === 'partition') {
      applyStep(this.#rows.partition, table, step, now)
      this.#rows.markChanged(null)
    } else {
      applyStep(this.#rowsOf(context), table, step, now)
      this.#rows.markChanged(key)
    }
  }
}

function contextOf(
  { timestamp: receivedAt, value: bytes }: LogRecord,
  position: LogPosition,
  causeId: string,
  key: string | null,
  { shared, path }: Pick<FoldContext, 'shared' | 'path'>,
): FoldContext {
  return { key, shared, receivedAt, causeId, position, bytes, path, count: 0, rows: null }
}

function applyStep(rows: RowSet, table: Table<any>, { row, timer }: Step<any, any>, now: Time): void {
  if (row !== undefined) rows.set(table, row !== null && table.expires?.(row, now) ? null : row)
  if (timer !== undefined) rows.setDue(table, timer)
}
