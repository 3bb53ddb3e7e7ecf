import type { Schema } from '../../schemas/codec/schema.ts'
import { rowVersionName } from '../../state/row-versions.ts'
import type { Table } from '../../state/table.ts'
import type { Plans } from './plan.ts'

/** Lists each stored table of a topology once, by name, including those that the fold itself writes. */
export const tablesOf = ({ subTopologies }: Plans): ReadonlyMap<string, Table<any>> =>
  new Map(subTopologies.flatMap(({ tables }) => [...tables]).sort(([a], [b]) => (a < b ? -1 : 1)))

/** Lists the schemas of all row versions that this code writes or can still read, by `table@version`. */
export function rowSchemas(plans: Plans): ReadonlyMap<string, Schema<unknown>> {
  const schemas = new Map<string, Schema<unknown>>()
  for (const { name, version, schema, previous } of tablesOf(plans).values()) {
    for (const [older, written] of Object.entries(previous)) schemas.set(rowVersionName(name, Number(older)), written)
    schemas.set(rowVersionName(name, version), schema)
  }
  return schemas
}
