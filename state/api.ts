// Your own operators import this file as `joai/state`.

export type { SharedTable, Table } from './table.ts'
export { sharedTable, table } from './table.ts'
