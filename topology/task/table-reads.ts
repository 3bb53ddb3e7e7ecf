import type { AnyOperator } from '../../operators/operator.ts'
import type { Table } from '../../state/table.ts'

/** Gives the row of a table at the key that is being folded. */
export type RowAccess = (table: Table<any>) => unknown

/**
 * What an operator reads, by name. A row is decoded only if the operator asks for it, while it handles a record: most
 * records need few of them.
 */
export function tableReadsOf(operator: AnyOperator, rowOf: RowAccess): object {
  const reads = {}
  for (const [name, table] of Object.entries((operator.reads ?? {}) as Record<string, Table<any>>))
    Object.defineProperty(reads, name, { enumerable: true, get: () => rowOf(table) })
  return reads
}
