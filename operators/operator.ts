import type { Schema, Shape } from '../schemas/codec/schema.ts'
import type { StreamRecord, Time, ValueOf } from '../schemas/record.ts'
import type { SharedTable, Table } from '../state/table.ts'

type Shapes = { readonly [name: string]: Shape<any> }
type Tables = { readonly [name: string]: Table<any> }
/** Looks up the row of a shared table by its key; undefined if there is none. */
export type Lookup<Row> = (key: string) => Row | undefined
/**
 * The rows that an operator reads: the row at the record's key or, for a shared table, a function that looks rows up.
 */
export type RowsOf<R extends Tables> = {
  readonly [K in keyof R]: R[K] extends SharedTable<infer Row>
    ? Lookup<Row>
    : R[K] extends Table<infer Row>
      ? Row
      : never
}

/** An operator with one output emits its values; with several outputs it names the output of each value. */
export type Output = Shape<any> | Shapes
export type Emitted<Out> = Out extends Shape<infer V> & { readonly name: string }
  ? V
  : { readonly [K in keyof Out]: { readonly to: K; readonly value: ValueOf<Out[K]> } }[keyof Out]

/** Everything that an operator can do in answer to one record. An absent field changes nothing. */
export interface Step<Row, Out> {
  /** The next row; null deletes the row. */
  readonly row?: Row | null
  readonly emit?: readonly Emitted<Out>[]
  /**
   * The time at which the operator's timer for this key fires; null cancels the timer. A key has one timer: a new time
   * replaces the old one.
   */
  readonly timer?: Time | null
  /**
   * Refuses the record: it becomes a dead letter with this stable reason. The row and the timer stay as they are; what is
   * emitted all the same says what follows from a record that can't be used.
   */
  readonly reject?: { readonly reason: string; readonly detail: string }
}

export type Handler<V, Row, R extends Tables, Out> = (
  record: StreamRecord<V>,
  row: Row,
  reads: RowsOf<R>,
) => Step<Row, Out>

/** A pure and synchronous function of records and rows, with at most one table of its own. */
export interface Operator<In extends Shapes, Out extends Output, Row, R extends Tables> {
  readonly name: string
  readonly input: In
  readonly output: Out
  readonly writes?: Table<Row>
  readonly reads?: R
  readonly on: { readonly [K in keyof In]: Handler<ValueOf<In[K]>, Row, R, Out> }
  /** Called when the timer of a key is due; `record.receivedAt` is the time it was due at, `value` null. */
  readonly timer?: Handler<null, Row, R, Out>
}

/** Declares an operator: its input, its output, its table and its handlers. */
export function operator<
  In extends Shapes,
  Out extends Output,
  Row = undefined,
  R extends Tables = Readonly<Record<never, never>>,
>(definition: Operator<In, Out, Row, R>): Operator<In, Out, Row, R> {
  return definition
}

/** Addresses a value to one of several outputs. */
export const to = <K extends string, V>(output: K, value: V): { readonly to: K; readonly value: V } => ({
  to: output,
  value,
})

export type AnyOperator = Operator<any, any, any, any>
export type { Schema, Shape }
