import type { Schema, Shape } from './codec/schema.ts'

/** Milliseconds since the Unix epoch, taken from a record. The only clock an operator can see. */
export type Time = number

export const minutes = (count: number): number => count * 60_000
export const hours = (count: number): number => count * 3_600_000
export const days = (count: number): number => count * 86_400_000

/** Where a record stands in a log. */
export interface LogPosition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** One immutable fact, as an operator sees it. */
export interface StreamRecord<V> {
  readonly key: string
  readonly value: V
  /** Append time of the input that caused this record; of a timer, the time at which it was due. */
  readonly receivedAt: Time
  /** Names what caused it: an event id, or a timer's name, key and due time. Never a position. */
  readonly causeId: string
  /** The record of this sub-topology's log that is being folded. */
  readonly position: LogPosition
}

/** How one type of record travels on a topic. */
export interface RecordType<T> {
  readonly schema: Schema<T>
  /** The partition key; null: a copy goes to every partition. Of an input, whose producer chose the partition: its id. */
  readonly key: ((value: T) => string) | null
  /** Of a record that goes to every partition: the shared row there that it is about. */
  readonly shared?: (value: T) => string
}

export const keyed = <T>(schema: Schema<T>, key: (value: T) => string): RecordType<T> => ({ schema, key })
export const broadcast = <T>(schema: Schema<T>, shared?: (value: T) => string): RecordType<T> =>
  shared ? { schema, key: null, shared } : { schema, key: null }

type RecordTypes = { readonly [type: string]: RecordType<any> }

/** A named log and the types of record it carries. */
export interface Topic<T extends RecordTypes = RecordTypes> {
  readonly name: string
  readonly types: T
  /** `input`: written from outside. `internal`: between sub-topologies. `public`: read from outside. */
  readonly role: 'input' | 'internal' | 'public'
  /** Keys are persons, who can merge: the fold forwards what comes for a merged person, and moves its rows. */
  readonly moves: boolean
  /** Records are chained: the last two fields of their type are the links, `previousHash` and `hash`. */
  readonly chained: boolean
}

export function topic<T extends RecordTypes>(
  name: string,
  role: Topic['role'],
  types: T,
  { moves = false, sealed = false }: { readonly moves?: boolean; readonly sealed?: boolean } = {},
): Topic<T> {
  return { name, role, types, moves, chained: sealed }
}

export type ValueOf<S> = S extends Shape<infer T> ? T : never
