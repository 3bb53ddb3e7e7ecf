import type { Time } from '../schemas/record.ts'
import type { Schema } from '../schemas/schema.ts'

/** Keyed state with one writer. Its name is its identity on disk and in the changelog: renaming it is a migration. */
export interface Table<Row> {
  readonly name: string
  readonly schema: Schema<Row>
  /** Version of `schema`; rows carry it in front. */
  readonly version: number
  /** Schemas of earlier versions, by version: their rows resolve to the current one. */
  readonly previous: Readonly<Record<number, Schema<unknown>>>
  /** `person`: one row a key. `partition`: one row for the whole partition. */
  readonly scope: 'person' | 'partition'
  /** The row of a key that was never seen. It is not stored. */
  readonly empty: Row
  /** Joins the row of a merged person into the winner's. Must not depend on which came first. */
  readonly merge?: (into: Row, from: Row) => Row
  /** True when the row holds nothing that matters any more at `now`: it is deleted. Asked when the row is written. */
  readonly expires?: (row: Row, now: Time) => boolean
}

type Definition<Row> = Pick<Table<Row>, 'schema' | 'empty'> & Partial<Omit<Table<Row>, 'name' | 'schema' | 'empty'>>

/** Declares a table; an operator that `writes` it makes it exist. */
export function table<Row>(name: string, definition: Definition<Row>): Table<Row> {
  return { name, version: 1, previous: {}, scope: 'person', ...definition }
}
