import type { AnyOperator } from '../../operators/operator.ts'
import type { Table } from '../../state/table.ts'

/** Gets the row of a table at the key that is being folded. */
export type RowAccess = (table: Table<any>) => unknown

/**
 * Makes the object by which an operator reads its tables. PERF: a row is decoded only if the operator asks for it while
 * it handles a record, since most records need few rows.
 */
export function tableReadsOf(operator: AnyOperator, rowOf: RowAccess): object {
  const reads = {}
  for (const [name, table] of Object.entries((operator.reads ?? {}) as Record<string, Table<any>>))
    Object.defineProperty(reads, name, { enumerable: true, get: () => rowOf(table) })
  return reads
}
