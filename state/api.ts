// What someone's own operators import as `joai/state`.

export type { SharedTable, Table } from './table.ts'
export { sharedTable, table } from './table.ts'
