import type { Schema, Shape } from './codec/schema.ts'

/** Milliseconds since the Unix epoch, taken from a record: the only clock that an operator can see. */
export type Time = number

/** Converts minutes to milliseconds. */
export const minutes = (count: number): number => count * 60_000
/** Converts hours to milliseconds. */
export const hours = (count: number): number => count * 3_600_000
/** Converts days to milliseconds. */
export const days = (count: number): number => count * 86_400_000

/** Identifies a record by its position in a log. */
export interface LogPosition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Gives an operator one immutable fact, with its key, its time and its cause. */
export interface StreamRecord<V> {
  readonly key: string
  readonly value: V
  /** Append time of the input that caused this record. For a timer: the time at which it was due. */
  readonly receivedAt: Time
  /** Names the cause: an event id, or a timer's name, key and due time. It is never a position. */
  readonly causeId: string
  /** The record of this sub-topology's log that is being folded. */
  readonly position: LogPosition
}

/** Says how one type of record travels on a topic. */
export interface RecordType<T> {
  readonly schema: Schema<T>
  /**
   * Computes the partition key; null sends a copy to every partition. On an input, whose producer chose the partition,
   * it computes the record's id.
   */
  readonly key: ((value: T) => string) | null
  /** Names the shared row that a record to every partition is about. */
  readonly shared?: (value: T) => string
  /**
   * True if values are what can still be read of unusable records of an input, which become dead letters besides. Bytes
   * never hold such a value.
   */
  readonly isSalvage?: true
}

/** Declares a type of record that goes to the partition of its key. */
export const keyed = <T>(schema: Schema<T>, key: (value: T) => string): RecordType<T> => ({ schema, key })
/** Declares a type of what can still be read of unusable records of an input. */
export const salvaged = <T>(schema: Schema<T>): RecordType<T> => ({ schema, key: () => '', isSalvage: true })
/** Declares a type of record of which every partition gets a copy. */
export const broadcast = <T>(schema: Schema<T>, shared?: (value: T) => string): RecordType<T> =>
  shared ? { schema, key: null, shared } : { schema, key: null }

type RecordTypes = { readonly [type: string]: RecordType<any> }

/** Declares a log by its name, and the types of record that it carries. */
export interface Topic<T extends RecordTypes = RecordTypes> {
  readonly name: string
  readonly types: T
  /**
   * `input` is written from outside, `internal` carries records between sub-topologies, `public` is read from outside.
   */
  readonly role: 'input' | 'internal' | 'public'
  /** True if keys are persons, who can merge: the fold forwards the records of a merged person and moves its rows. */
  readonly moves: boolean
  /** True if records form a hash chain: the last two fields of their type are the links `previousHash` and `hash`. */
  readonly chained: boolean
  /** True if the topic is the company's: it is read as it is, under its own name, and never created or changed. */
  readonly foreign: boolean
}

/** Declares a topic. */
export function topic<T extends RecordTypes>(
  name: string,
  role: Topic['role'],
  types: T,
  {
    moves = false,
    chained = false,
    foreign = false,
  }: { readonly moves?: boolean; readonly chained?: boolean; readonly foreign?: boolean } = {},
): Topic<T> {
  return { name, role, types, moves, chained, foreign }
}

/** The value that a schema or a shape is of. */
export type ValueOf<S> = S extends Shape<infer T> ? T : never
