import { learnVersion, parseRowVersion, readsVersion, rowVersionName } from '../../state/row-versions.ts'
import type { Table } from '../../state/table.ts'
import { TaskStopped } from './checkpoint.ts'
import type { RowCache } from './row-cache.ts'

/**
 * Looks up the schemas of all rows that were ever written, as JSON by `table@version`. Called only for versions that
 * this code does not know.
 */
export type RowSchemas = () => Promise<ReadonlyMap<string, string>>

/** Finds no schema: for logs whose row schemas were never noted. */
export const noRowSchemas: RowSchemas = async () => new Map()

/**
 * Makes sure, before anything is folded, that every row can be read: after a rollback, a later version may have written
 * some. `written` names the versions that may be there. Throws TaskStopped `row-version` if there really are rows of a
 * version that can't be read.
 */
export async function assertReadable(
  task: string,
  tables: ReadonlyMap<string, Table<any>>,
  written: readonly string[],
  rows: Pick<RowCache, 'all'>,
  schemas: RowSchemas,
): Promise<void> {
  const reasons = new Map<string, string>()
  for (const name of written) {
    const { table: tableName, version } = parseRowVersion(name)
    const table = tables.get(tableName)
    const reason = table === undefined ? null : await whyUnreadable(table, version, schemas)
    if (reason !== null) reasons.set(name, reason)
  }
  if (reasons.size === 0) return
  const counts = await countRows(rows, reasons)
  for (const [name, count] of counts) {
    const { table, version } = parseRowVersion(name)
    throw new TaskStopped(
      'row-version',
      task,
      `it holds rows of table '${table}' that version ${version} wrote (${count}), and this code has version ${tables.get(table)!.version}: ${reasons.get(name)}. Nothing was folded or changed`,
    )
  }
}

/**
 * Says why rows of this version can't be read; null if they can. A schema that was noted for the version is learnt
 * first.
 */
export async function whyUnreadable(table: Table<any>, version: number, schemas: RowSchemas): Promise<string | null> {
  if (readsVersion(table, version)) return null
  const json = (await schemas()).get(rowVersionName(table.name, version))
  if (json === undefined) return 'the schema of that version was not noted'
  try {
    learnVersion(table, version, json)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** Counts the rows of each of these versions that has any. */
async function countRows(rows: Pick<RowCache, 'all'>, versions: ReadonlyMap<string, unknown>) {
  const counts = new Map<string, number>()
  for await (const set of rows.all())
    for (const { table, version } of set.rows()) {
      const name = rowVersionName(table, version)
      if (versions.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  return counts
}
