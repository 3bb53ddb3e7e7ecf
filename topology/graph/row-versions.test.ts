import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { operator } from '../../operators/operator.ts'
import { type AvroSchema, resolving, schema } from '../../schemas/codec/schema.ts'
import { broadcast, topic } from '../../schemas/record.ts'
import { parseRowVersion } from '../../state/row-versions.ts'
import { type Table, table } from '../../state/table.ts'
import { journey } from '../journey.ts'
import { topology } from './builder.ts'
import { plan } from './plan.ts'
import { rowSchemas, tablesOf } from './row-schemas.ts'
import type { Topology } from './topology.ts'

type Versions = Readonly<Record<string, number>>

/**
 * Holds the schema ids of all rows that were ever written, by `table@version`. Only if ids come to be computed in
 * another way, write it anew: empty it to `{}` and accept.
 */
const file = new URL('../../schemas/rows/versions.json', import.meta.url)
const accept = 'ACCEPT_ROWS=1 npx vitest run topology/graph/row-versions.test.ts'

/**
 * Lists what is wrong with the rows of a topology, given the schemas of all rows that were ever written, and says what
 * to do about it.
 */
function problems(topology: Topology, known: Versions): string[] {
  const plans = plan(topology)
  const now = idsOf(topology)
  const tables = tablesOf(plans)
  const changed = Object.entries(known).flatMap(([name, id]) => {
    const { table, version } = parseRowVersion(name)
    if (now[name] === id || !tables.has(table)) return []
    if (now[name] === undefined)
      return [`${name} can't be read any more: list its schema under \`previous\` of table '${table}', as ${version}`]
    return [
      `the schema of ${name} has changed, and stored rows of that version would be misread. Put it back as it was; if the change is wanted, raise the \`version\` of table '${table}', keep the old schema readable under \`previous\`, and then accept the new version by: ${accept}`,
    ]
  })
  const added = Object.keys(now)
    .filter(name => known[name] === undefined)
    .map(name => `${name} is new: accept it by: ${accept}`)
  return [...changed, ...added]
}

const idsOf = (topology: Topology): Versions =>
  Object.fromEntries(Array.from(rowSchemas(plan(topology)), ([name, { id }]) => [name, id]))

test('a row schema never changes under the same version, and every version that was ever written can be read', () => {
  const known = JSON.parse(readFileSync(file, 'utf8')) as Versions
  const ours = journey({ secret: 'the secret of the row versions' })
  // Entries are only added: those of tables that are gone stay, since a name may come into use again.
  const all = process.env.ACCEPT_ROWS ? { ...idsOf(ours), ...known } : known
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)))
  if (process.env.ACCEPT_ROWS) writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`)
  expect(problems(ours, sorted)).toEqual([])
  expect(Object.keys(sorted).length).toBeGreaterThan(10)
  for (const { schema, previous } of tablesOf(plan(ours)).values())
    for (const written of Object.values(previous)) expect(() => resolving(schema, written)).not.toThrow()
})

const symbols = (...names: readonly string[]): AvroSchema => ({
  type: 'record',
  name: 'MoodRow',
  fields: [{ name: 'mood', type: { type: 'enum', name: 'Mood', symbols: names, default: names[0] } }],
})
const before = schema<any>(symbols('calm', 'cross'))
const swapped = schema<any>(symbols('cross', 'calm'))

/** Makes a topology with one table of this schema, version and earlier versions. */
function moods(row: typeof before, version: number, previous: Table<any>['previous'] = {}): Topology {
  const heard = topic('heard', 'input', { mood: broadcast(before) })
  const keep = operator({
    name: 'keep',
    input: { mood: before },
    output: before,
    writes: table<any>('moods', { schema: row, scope: 'partition', version, previous, empty: { mood: 'calm' } }),
    on: { mood: ({ value }) => ({ row: value }) },
  })
  return topology('moods', graph => void graph.process(keep, { mood: graph.source(heard, 'keeping').mood }))
}

test('swapping two symbols of an enum is a change that the guard detects, and it says what to do', () => {
  const known = idsOf(moods(before, 1))
  expect(problems(moods(before, 1), known)).toEqual([])
  expect(problems(moods(swapped, 1), known)).toEqual([
    expect.stringMatching(/^the schema of moods@1 has changed.* raise the `version` of table 'moods'.*ACCEPT_ROWS=1/),
  ])
  expect(problems(moods(swapped, 2), known)).toEqual([
    expect.stringMatching(/^moods@1 can't be read any more: list its schema under `previous`/),
    expect.stringMatching(/^moods@2 is new: accept it by: ACCEPT_ROWS=1/),
  ])
  const raised = moods(swapped, 2, { 1: before })
  expect(problems(raised, { ...idsOf(raised), ...known })).toEqual([])
  expect(problems(moods(swapped, 2, { 1: swapped }), known)[0]).toMatch(/^the schema of moods@1 has changed/)
})
