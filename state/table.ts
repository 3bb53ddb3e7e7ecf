import type { Schema } from '../schemas/codec/schema.ts'
import type { Time } from '../schemas/record.ts'

/** Keyed state with one writer. Its name is its identity on disk and in the changelog: renaming it is a migration. */
export interface Table<Row> {
  readonly name: string
  readonly schema: Schema<Row>
  /** Version of `schema`; rows carry it in front. */
  readonly version: number
  /** Schemas of earlier versions, by version: their rows resolve to the current one. */
  readonly previous: Readonly<Record<number, Schema<unknown>>>
  /**
   * `person`: one row a key. `partition`: one row for the whole partition. `shared`: one row for each thing that records
   * to every partition speak of; all stay in memory, and whatever the partition folds can look any of them up.
   */
  readonly scope: 'person' | 'partition' | 'shared'
  /** The row of a key that was never seen. It is not stored. */
  readonly empty: Row
  /** Joins the row of a merged person into the winner's. Must not depend on which came first. */
  readonly merge?: (into: Row, from: Row) => Row
  /** True when the row holds nothing that matters any more at `now`: it is deleted. Asked when the row is written. */
  readonly expires?: (row: Row, now: Time) => boolean
}

/** A table whose rows belong to no person: readers get a way to look them up by their keys. */
export interface SharedTable<Row> extends Table<Row> {
  readonly scope: 'shared'
  /** A partition holds no more rows than this: what would make one more is dead-lettered as `table-full`. */
  readonly rowsMax: number
}

type Definition<Row> = Pick<Table<Row>, 'schema' | 'empty'> & Partial<Omit<Table<Row>, 'name' | 'schema' | 'empty'>>

/** Declares a table; an operator that `writes` it makes it exist. */
export function table<Row>(name: string, definition: Definition<Row>): Table<Row> {
  return { name, version: 1, previous: {}, scope: 'person', ...definition }
}

type SharedDefinition<Row> = Pick<SharedTable<Row>, 'schema' | 'empty' | 'rowsMax'> &
  Partial<Pick<Table<Row>, 'version' | 'previous' | 'expires'>>

/** Declares a table of rows that all keys of a partition share. */
export function sharedTable<Row>(name: string, definition: SharedDefinition<Row>): SharedTable<Row> {
  return { name, version: 1, previous: {}, scope: 'shared', ...definition }
}

/** Whether its rows are looked up by key, rather than found at the key that is being folded. */
export const isShared = (table: Table<any>): table is SharedTable<any> => table.scope === 'shared'
