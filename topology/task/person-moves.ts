import type { MovedRows } from '../../schemas/generated.ts'
import { person } from '../../state/person.ts'
import { RowSet } from '../../state/row-set.ts'
import type { Table } from '../../state/table.ts'

/** Tells where a merged person's records go; null for a person that has not merged into another. */
export const forwardTarget = (rows: RowSet): string | null => rows.get(person).to

/** Moves all rows of a person into one record for the winner, and leaves a stub that forwards. */
export function moveRows(rows: RowSet, key: string, to: string): MovedRows {
  const moved: MovedRows = { personId: to, from: key, rows: rows.rows() }
  for (const { table } of moved.rows) rows.forget(table)
  rows.set(person, { ...person.empty, to })
  return moved
}

/** Merges the rows of a merged person into the winner's, table by table. Of two timers the earlier one stays. */
export function joinRows(into: RowSet, moved: MovedRows, tables: ReadonlyMap<string, Table<any>>): void {
  const from = RowSet.of(moved.from, moved.rows)
  for (const { table: name, due } of moved.rows) {
    const table = tables.get(name)
    if (!table || name === person.name) continue
    const mine = into.get(table)
    const theirs = from.get(table)
    into.set(table, table.merge ? table.merge(mine, theirs) : into.has(table) ? mine : theirs)
    const own = into.due(name)
    if (due !== null && (own === null || due < own)) into.setDue(table, due)
  }
  const winner = into.get(person)
  const loser = from.get(person)
  into.set(person, {
    to: null,
    version: winner.version + loser.version + 1,
    absorbed: [...new Set([...winner.absorbed, ...loser.absorbed, moved.from])].sort(),
  })
}
