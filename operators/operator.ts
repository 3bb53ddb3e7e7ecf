import type { Schema, Shape } from '../schemas/codec/schema.ts'
import type { StreamRecord, Time, ValueOf } from '../schemas/record.ts'
import type { SharedTable, Table } from '../state/table.ts'

type Shapes = { readonly [name: string]: Shape<any> }
type Tables = { readonly [name: string]: Table<any> }
/** The row of a shared table that has this key; undefined where there is none. */
export type Lookup<Row> = (key: string) => Row | undefined
/** What an operator reads: the row at the record's key, or, of a shared table, a way to look rows up. */
export type RowsOf<R extends Tables> = {
  readonly [K in keyof R]: R[K] extends SharedTable<infer Row>
    ? Lookup<Row>
    : R[K] extends Table<infer Row>
      ? Row
      : never
}

/** With one output an operator emits its values; with several, it says to which. */
export type Output = Shape<any> | Shapes
export type Emitted<Out> = Out extends Shape<infer V> & { readonly name: string }
  ? V
  : { readonly [K in keyof Out]: { readonly to: K; readonly value: ValueOf<Out[K]> } }[keyof Out]

/** All that an operator may do in answer to one record. An absent field leaves things as they were. */
export interface Step<Row, Out> {
  /** The next row; null forgets it. */
  readonly row?: Row | null
  readonly emit?: readonly Emitted<Out>[]
  /** When to wake for this key; null cancels. One timer a key: setting it replaces the one before. */
  readonly timer?: Time | null
  /** The record is not usable: it goes to the dead letters with this stable reason, and nothing else happens. */
  readonly reject?: { readonly reason: string; readonly detail: string }
}

export type Handler<V, Row, R extends Tables, Out> = (
  record: StreamRecord<V>,
  row: Row,
  reads: RowsOf<R>,
) => Step<Row, Out>

/** A pure, synchronous answer to records, with at most one table of its own. */
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

/** Declares an operator: what it takes, what it gives, what it remembers, and how it answers. */
export function operator<
  In extends Shapes,
  Out extends Output,
  Row = undefined,
  R extends Tables = Readonly<Record<never, never>>,
>(definition: Operator<In, Out, Row, R>): Operator<In, Out, Row, R> {
  return definition
}

/** Says to which of several outputs a value goes. */
export const to = <K extends string, V>(output: K, value: V): { readonly to: K; readonly value: V } => ({
  to: output,
  value,
})

export type AnyOperator = Operator<any, any, any, any>
export type { Schema, Shape }
