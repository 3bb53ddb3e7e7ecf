import { unreadable } from '../../connectors/registry/file-registry.ts'
import { identify } from '../../schemas/codec/schema.ts'
import { parseRowVersion } from '../../state/row-versions.ts'
import type { Change } from './change.ts'
import type { DeployedTable, Deployment, Wanted, WantedTable } from './deployment.ts'

/** Returns what a new topology means for the rows that the deployed one has written. */
export function rowChanges(
  { app, nodes, tables }: Pick<Deployment, 'app' | 'nodes' | 'tables'>,
  wanted: Pick<Wanted, 'tables'>,
): Change[] {
  const deployed = tables ?? versionsIn(nodes)
  const changes = [...wanted.tables].flatMap(([name, table]) => {
    const before = deployed[name]
    return before === undefined ? [] : [...misread(name, before, table), ...raised(name, before, table)]
  })
  if (tables !== undefined) return changes
  const words = 'the schemas of its rows are noted, and later versions will be compared with them'
  return [...changes, { what: 'topology', name: app, words }]
}

/** Returns the tables of a deployment whose row schemas were not noted. */
function versionsIn(nodes: Deployment['nodes']): Record<string, DeployedTable> {
  const written = nodes.flatMap(({ writes }) => (writes === undefined ? [] : [parseRowVersion(writes)]))
  return Object.fromEntries(written.map(({ table, version }) => [table, { version, schemas: {} }]))
}

/** Refuses a version that would misread written rows, or could not read them. */
function misread(name: string, before: DeployedTable, { version, schemas }: WantedTable): Change[] {
  return Object.entries(before.schemas).flatMap(([written, json]) => {
    const now = schemas[Number(written)]
    const refusal = (words: string): Change => ({ ...about(name, words), impossible: true })
    if (now !== undefined && identify(now).id !== identify(json).id)
      return [
        refusal(
          `version ${written} has another schema than its rows were written with: raise the table's version, and keep the old schema under \`previous\``,
        ),
      ]
    if (now === undefined && Number(written) < version)
      return [refusal(`rows of version ${written} can't be read any more: keep its schema under \`previous\``)]
    return []
  })
}

/** Describes another version of the table, and what a rollback means. */
function raised(name: string, before: DeployedTable, { version, schemas }: WantedTable): Change[] {
  const from = before.version
  const [older, newer] = [Math.min(from, version), Math.max(from, version)]
  const [reader, writer] = [older, newer].map(one => schemas[one] ?? before.schemas[one])
  if (from === version) return []
  const words = `version ${from} → ${version}: `
  if (reader === undefined || writer === undefined)
    return [
      about(
        name,
        `${words}whether rows of version ${from} can be read is not known here; workers look before they fold`,
      ),
    ]
  const reason = unreadable(reader, writer)
  if (version > from) {
    const back =
      reason === null
        ? `after a rollback, version ${from} reads rows of version ${version} without what is new in them`
        : `a rollback stops where rows of version ${version} were written, which version ${from} can't read: ${reason}`
    return [about(name, `${words}older rows are read as they are met; ${back}`)]
  }
  if (reason === null)
    return [
      about(
        name,
        `${words}a rollback: rows of version ${from} are read, and lose what is new in them when they are written again`,
      ),
    ]
  return [
    {
      ...about(
        name,
        `${words}a rollback: partitions that hold rows of version ${from} stop before they fold anything, because version ${version} can't read them: ${reason}`,
      ),
      allow: `rollback:${name}`,
    },
  ]
}

const about = (table: string, words: string): Change => ({ what: 'topology', name: `table ${table}`, words })
