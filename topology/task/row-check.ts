import { learnVersion, parseRowVersion, readsVersion, rowVersionName } from '../../state/row-versions.ts'
import type { Table } from '../../state/table.ts'
import { TaskStopped } from './checkpoint.ts'
import type { RowCache } from './row-cache.ts'

/** Looks up the schemas that rows were ever written with, as JSON by `table@version`; asked only for versions that the code does not know. */
export type RowSchemas = () => Promise<ReadonlyMap<string, string>>

/** For a log of which nobody noted them. */
export const noRowSchemas: RowSchemas = async () => new Map()

/**
 * Makes sure that every row can be read, before anything is folded: after a rollback some may have been written by a later
 * version. `written` names the versions that may be there. Throws TaskStopped `row-version` where rows of one that can't be
 * read are really there.
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

/** Why rows of this version can't be read; null where they can, if need be by a schema that is learnt now. */
export async function whyUnreadable(table: Table<any>, version: number, schemas: RowSchemas): Promise<string | null> {
  if (readsVersion(table, version)) return null
  const json = (await schemas()).get(rowVersionName(table.name, version))
  if (json === undefined) return 'nobody noted the schema of that version'
  try {
    learnVersion(table, version, json)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** How many rows there are of each of these versions, where there are any. */
async function countRows(rows: Pick<RowCache, 'all'>, versions: ReadonlyMap<string, unknown>) {
  const counts = new Map<string, number>()
  for await (const set of rows.all())
    for (const { table, version } of set.rows()) {
      const name = rowVersionName(table, version)
      if (versions.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  return counts
}
