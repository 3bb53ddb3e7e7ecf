import { timerCauseId } from '../operators/ids.ts'
import type { AnyOperator, Step } from '../operators/operator.ts'
import type { Moved, MovedRows } from '../schemas/generated.ts'
import type { LogPosition, StreamRecord, Time, Topic } from '../schemas/record.ts'
import { BadRecord, encodeValue } from '../schemas/wire.ts'
import type { RowSet } from '../state/row-set.ts'
import { isShared, type Table } from '../state/table.ts'
import { deepFreeze } from './freeze.ts'
import { forward, join, move } from './gate.ts'
import { type Context, type Emission, Outputs } from './outputs.ts'
import type { Plan } from './plan.ts'
import type { LogRecord } from './ports.ts'
import { read } from './read.ts'
import { readsOf } from './reads.ts'
import type { Rows } from './rows.ts'
import { isSingle } from './topology.ts'

/** An operator threw: a bug. The task stops, and commits nothing. */
export class FoldError extends Error {
  constructor(operator: string, { topic, partition, offset }: LogPosition, cause: unknown) {
    super(`operator '${operator}' failed at ${topic}/${partition}/${offset}: ${(cause as Error).message}`, { cause })
    this.name = 'FoldError'
  }
}

/** A broadcast record at an operator that keeps a row per key: every key of the partition that has one is to take it. */
export interface Sweep {
  /** The operator's table. */
  readonly table: Table<any>
  /** Lets one key take the record, the nth of them; its rows must be there. */
  take(key: string, n: number): Emission[]
}

/** What an operator reads, and at which key. */
interface Reading {
  key: string | null
  reads: object
}

/** What a rejected value may tell of where it came from. */
interface Rejected {
  readonly payload?: Uint8Array
  readonly origin?: LogPosition
}

const noBytes = new Uint8Array()
const none: readonly Sweep[] = []

/** Runs one record at a time, depth first, through the operators of a sub-topology. Pure but for the rows. */
export class Fold {
  readonly #plan: Plan
  readonly #rows: Rows
  readonly #freeze: boolean
  readonly #reading: (Reading | undefined)[] = []
  readonly #outputs: Outputs
  #sweeps: Sweep[] = []

  constructor(plan: Plan, rows: Rows, { freeze = false }: { readonly freeze?: boolean } = {}) {
    this.#plan = plan
    this.#rows = rows
    this.#freeze = freeze
    this.#outputs = new Outputs(rows)
  }

  /** What one record of this log sets off; first the timers of its key that are due by then. */
  record(topic: Topic, partition: number, record: LogRecord): Emission[] {
    const position = { topic: topic.name, partition, offset: record.offset }
    const path = record.cause?.path ?? []
    const at = (causeId: string, key: string | null, shared: string | null = null): Context => ({
      key,
      shared,
      receivedAt: record.timestamp,
      causeId,
      position,
      bytes: record.value,
      path,
      count: 0,
    })
    try {
      const { name, value } = read(topic, record.value)
      if (name === 'tick' && topic.role === 'input')
        throw new BadRecord('bad-tick', `it is later than its record, of ${record.timestamp}`)
      const type = topic.types[name]!
      const key = type.key === null ? null : record.key
      const causeId = record.cause?.causeId ?? (type.key === null ? name : type.key(value))
      const context = at(causeId, key, type.shared?.(value) ?? null)
      if (topic.moves && key !== null) this.#atPerson(topic, name, value, record, context)
      else {
        if (key !== null) this.#fireDue(key, record.timestamp, position)
        this.#deliver(this.#plan.sources.get(topic.name)!, name, context, value)
      }
    } catch (error) {
      if (!(error instanceof BadRecord) || topic.role !== 'input') throw error
      this.#outputs.deadLetter(at(`dead/${topic.name}/${partition}/${record.offset}`, null), record.value, error)
    }
    return this.#outputs.taken()
  }

  /** What the timers of this key set off that are due by `until`. */
  timers(key: string, until: Time, position: LogPosition): Emission[] {
    this.#fireDue(key, until, position)
    return this.#outputs.taken()
  }

  /** What the last record still has to be told to: only the task knows all keys. */
  sweeps(): readonly Sweep[] {
    if (this.#sweeps.length === 0) return none
    const sweeps = this.#sweeps
    this.#sweeps = []
    return sweeps
  }

  /** A merged person is a stub: what still comes for it is passed on. */
  #atPerson(topic: Topic, name: string, value: unknown, record: LogRecord, context: Context): void {
    const key = context.key!
    const rows = this.#rows.of(key)
    const to = forward(rows)
    if (to !== null) {
      this.#outputs.append(topic, to, record.value, context)
      return
    }
    this.#fireDue(key, record.timestamp, context.position)
    if (name === 'moved') {
      const moved = move(rows, key, (value as Moved).to)
      this.#rows.changed(key)
      this.#outputs.append(topic, moved.personId, encodeValue(topic.types.rows!, moved), context)
      return
    }
    if (name === 'rows') {
      join(rows, value as MovedRows, this.#plan.tables)
      this.#rows.changed(key)
    }
    this.#deliver(this.#plan.sources.get(topic.name)!, name, context, value)
  }

  #fireDue(key: string, until: Time, position: LogPosition): void {
    if (this.#plan.timers.size === 0) return
    const rows = this.#rows.of(key)
    for (let next = rows.nextDue(); next !== null && next.due <= until; next = rows.nextDue()) {
      const node = this.#plan.timers.get(next.table)
      rows.cancel(next.table)
      this.#rows.changed(key)
      if (node === undefined) continue
      const { operator } = this.#plan.nodes[node] as { operator: AnyOperator }
      const causeId = timerCauseId(operator.name, key, next.due)
      const context = { key, shared: null, receivedAt: next.due, causeId, position, bytes: noBytes, path: [], count: 0 }
      this.#apply(node, operator.timer!, context, null)
    }
  }

  #deliver(from: number, output: string, context: Context, value: unknown): void {
    for (const edge of this.#plan.nodes[from]!.edges) {
      if (edge.output !== output) continue
      const node = this.#plan.nodes[edge.to]!
      if (node.kind === 'operator') this.#apply(edge.to, node.operator.on[edge.input]!, context, value)
      else if (node.kind === 'filter') {
        if (node.keep(value)) this.#deliver(edge.to, 'value', context, value)
      } else if (node.kind === 'sink') this.#outputs.sink(node.topic, edge.input, context, value)
    }
  }

  #apply(node: number, handler: (...given: any[]) => Step<any, any>, context: Context, value: unknown): void {
    const { operator } = this.#plan.nodes[node] as { operator: AnyOperator }
    const { key, shared, receivedAt, causeId, position } = context
    if (key === null && operator.writes?.scope === 'person') {
      this.#sweeps.push({
        table: operator.writes,
        take: (one, n) => {
          this.#apply(node, handler, { ...context, key: one, path: [...context.path, n], count: 0 }, value)
          return this.#outputs.taken()
        },
      })
      return
    }
    const record: StreamRecord<unknown> = { key: key ?? shared ?? '', value, receivedAt, causeId, position }
    const table: Table<any> | undefined = operator.writes
    const row = table ? this.#rowOf(table, context, operator) : undefined
    const reads = this.#readsAt(node, operator, key)
    if (this.#freeze) deepFreeze([record, row])
    let step: Step<any, any>
    try {
      step = handler.call(operator.on, record, row, reads)
    } catch (error) {
      throw new FoldError(operator.name, position, error)
    }
    const reject = step.reject ?? this.#overfull(table, context, step)
    if (reject) {
      const { payload = context.bytes, origin } = (value ?? {}) as Rejected
      const { reason, detail } = reject
      this.#outputs.deadLetter(context, payload, new BadRecord(reason, detail), origin)
      return
    }
    if (table) this.#keep(table, context, step)
    if (step.emit) for (const emitted of step.emit) this.#emit(node, operator, emitted, context)
  }

  /** One object for each operator, for as long as the task lives: its rows are those of the key that was set last. */
  #readsAt(node: number, operator: AnyOperator, key: string | null): object {
    let reading = this.#reading[node]
    if (!reading) {
      const own: Reading = { key, reads: {} }
      own.reads = readsOf(operator, table => {
        if (isShared(table)) return (wanted: string) => this.#lookedUp(table, wanted)
        const row = this.#rowsFor(table, own.key, operator).get(table)
        if (this.#freeze) deepFreeze(row)
        return row
      })
      reading = own
      this.#reading[node] = reading
    }
    reading.key = key
    return reading.reads
  }

  #emit(node: number, operator: AnyOperator, emitted: any, context: Context): void {
    if (isSingle(operator.output)) this.#deliver(node, 'value', context, emitted)
    else this.#deliver(node, emitted.to, context, emitted.value)
  }

  #lookedUp(table: Table<any>, key: string): unknown {
    const rows = this.#rows.shared(key)
    if (!rows?.has(table)) return undefined
    const row = rows.get(table)
    if (this.#freeze) deepFreeze(row)
    return row
  }

  #rowOf(table: Table<any>, { key, shared }: Context, operator: AnyOperator): unknown {
    if (!isShared(table)) return this.#rowsFor(table, key, operator).get(table)
    if (shared === null) throw new Error(`'${operator.name}' keeps shared rows, but this record is about none`)
    return this.#rows.shared(shared)?.get(table) ?? table.empty
  }

  /** Shared rows stay in memory: there is an end to them. */
  #overfull(table: Table<any> | undefined, { shared }: Context, step: Step<any, any>): Step<any, any>['reject'] {
    if (!table || !isShared(table) || shared === null || !step.row) return undefined
    if (this.#rows.sharedCount < table.rowsMax || this.#rows.shared(shared)?.has(table)) return undefined
    return { reason: 'table-full', detail: `there are ${table.rowsMax} rows of '${table.name}' already` }
  }

  #rowsFor(table: Table<any>, key: string | null, operator: AnyOperator): RowSet {
    if (table.scope === 'partition') return this.#rows.partition
    if (key === null) throw new Error(`'${operator.name}' keeps a row per key, but a broadcast record has none`)
    return this.#rows.of(key)
  }

  #keep(table: Table<any>, { key, shared, receivedAt: now }: Context, step: Step<any, any>): void {
    if (step.row === undefined && step.timer === undefined) return
    if (isShared(table)) {
      this.#rows.keepShared(shared!, rows => keep(rows, table, step, now))
      return
    }
    const owner = table.scope === 'partition' ? null : key
    keep(owner === null ? this.#rows.partition : this.#rows.of(owner), table, step, now)
    this.#rows.changed(owner)
  }
}

function keep(rows: RowSet, table: Table<any>, { row, timer }: Step<any, any>, now: Time): void {
  if (row !== undefined) rows.set(table, row !== null && table.expires?.(row, now) ? null : row)
  if (timer !== undefined) rows.setDue(table, timer)
}
