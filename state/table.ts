import type { Schema } from '../schemas/codec/schema.ts'
import type { LogPosition, Time } from '../schemas/record.ts'

/**
 * Declares keyed state with one writer. The name is its identity on disk and in the changelog: renaming it is a
 * migration.
 */
export interface Table<Row> {
  readonly name: string
  readonly schema: Schema<Row>
  /** The version of `schema`. Rows carry it in front. */
  readonly version: number
  /** The schemas of earlier versions, by version. Their rows resolve to the current one. */
  readonly previous: Readonly<Record<number, Schema<unknown>>>
  /**
   * `person` keeps one row for each key, `partition` one row for the whole partition. `shared` keeps one row for each
   * thing that broadcast records are about: all of them stay in memory, and every record of the partition can look them
   * up.
   */
  readonly scope: 'person' | 'partition' | 'shared'
  /** The row of a key that has none. It is not stored. */
  readonly empty: Row
  /** Merges the row of a merged person into the winner's. The result must not depend on which row came first. */
  readonly merge?: (into: Row, from: Row) => Row
  /**
   * Returns true when nothing in the row matters any more at `now`; it is then deleted. Called when the row is written.
   */
  readonly expires?: (row: Row, now: Time) => boolean
  /** Says to which row a partition goes back if something throws under its row; only for rows of the partition. */
  readonly fallback?: Fallback<Row>
}

/** What threw under a row, and what was being folded. */
export interface RowFault {
  readonly position: LogPosition
  readonly key: string
  /** The time of the record, or the due time of the timer. */
  readonly at: Time
  /** Whether a timer of the key threw, before the record. */
  readonly isTimer: boolean
  /** The operator that threw; empty where its output could not be written. */
  readonly operator: string
  /** The offset of the last record folded ahead, where no row before the row could go on; else null. */
  readonly ahead: number | null
}

/** Says how a partition goes back to the row before, where something throws under its row. */
export interface Fallback<Row> {
  /** The table that keeps the row before, under this key. */
  readonly from: SharedTable<Row>
  readonly key: string
  /** Returns the row to go back to; null where there is none. */
  back(row: Row, earlier: Row): Row | null
  /** Names the row in messages. */
  name(row: Row): string
  /** The type of the records that change the row, on the logs that have them. */
  readonly changedBy: string
  /** The type of the record that takes the row out of force, of which every partition gets a copy, and its value. */
  readonly type: string
  record(row: Row, fault: RowFault): unknown
}

/** Declares a table whose rows belong to no person. Readers look them up by their keys. */
export interface SharedTable<Row> extends Table<Row> {
  readonly scope: 'shared'
  /** The most rows that a partition holds. A record that would add one more becomes a dead letter, `table-full`. */
  readonly rowsMax: number
}

type Definition<Row> = Pick<Table<Row>, 'schema' | 'empty'> & Partial<Omit<Table<Row>, 'name' | 'schema' | 'empty'>>

/** Declares a table. It exists once an operator `writes` it. */
export function table<Row>(name: string, definition: Definition<Row>): Table<Row> {
  return { name, version: 1, previous: {}, scope: 'person', ...definition }
}

type SharedDefinition<Row> = Pick<SharedTable<Row>, 'schema' | 'empty' | 'rowsMax'> &
  Partial<Pick<Table<Row>, 'version' | 'previous' | 'expires'>>

/** Declares a table whose rows all keys of a partition share. */
export function sharedTable<Row>(name: string, definition: SharedDefinition<Row>): SharedTable<Row> {
  return { name, version: 1, previous: {}, scope: 'shared', ...definition }
}

/** Tells whether a table's rows are looked up by their own keys, rather than found at the key that is being folded. */
export const isShared = (table: Table<any>): table is SharedTable<any> => table.scope === 'shared'
