// What someone's own operators import as `joai/state`.

export type { Table } from './table.ts'
export { table } from './table.ts'
