import type { Schema } from '../../schemas/codec/schema.ts'
import { rowVersionName } from '../../state/row-versions.ts'
import type { Table } from '../../state/table.ts'
import type { Plans } from './plan.ts'

/** Every stored table of a topology once, those that the fold itself writes included, by name. */
export const tablesOf = ({ subTopologies }: Plans): ReadonlyMap<string, Table<any>> =>
  new Map(subTopologies.flatMap(({ tables }) => [...tables]).sort(([a], [b]) => (a < b ? -1 : 1)))

/** The schemas that rows are written with now, and were by the earlier versions that can still be read, by `table@version`. */
export function rowSchemas(plans: Plans): ReadonlyMap<string, Schema<unknown>> {
  const schemas = new Map<string, Schema<unknown>>()
  for (const { name, version, schema, previous } of tablesOf(plans).values()) {
    for (const [older, written] of Object.entries(previous)) schemas.set(rowVersionName(name, Number(older)), written)
    schemas.set(rowVersionName(name, version), schema)
  }
  return schemas
}
