import type { AnyOperator } from '../operators/operator.ts'
import type { Table } from '../state/table.ts'

type RowOf = (table: Table<any>) => unknown

const readers = new WeakMap<AnyOperator, new (rowOf: RowOf) => object>()

/** What an operator reads, by name. A row is decoded only if the operator asks for it: most records need few of them. */
export function readsOf(operator: AnyOperator, rowOf: RowOf): object {
  let Reader = readers.get(operator)
  if (!Reader) {
    Reader = readerOf(operator.reads ?? {})
    readers.set(operator, Reader)
  }
  return new Reader(rowOf)
}

function readerOf(tables: Readonly<Record<string, Table<any>>>): new (rowOf: RowOf) => object {
  class Reader {
    readonly rowOf: RowOf
    constructor(rowOf: RowOf) {
      this.rowOf = rowOf
    }
  }
  for (const [name, table] of Object.entries(tables))
    Object.defineProperty(Reader.prototype, name, {
      get(this: Reader) {
        return this.rowOf(table)
      },
    })
  return Reader
}
