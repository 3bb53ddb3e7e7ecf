import { expect, test } from 'vitest'
import { type AvroSchema, schema } from '../../schemas/codec/schema.ts'
import type { DeployedTable, WantedTable } from './deployment.ts'
import { rowChanges } from './row-changes.ts'

const record = (...fields: readonly object[]): string =>
  schema<any>({ type: 'record', name: 'LedgerRow', fields } as unknown as AvroSchema).json
const points = { name: 'points', type: 'long' }
const kind = (...symbols: readonly string[]) => ({
  name: 'kind',
  type: { type: 'enum', name: 'Kind', symbols },
  default: symbols[0],
})
const plain = record(points)
const kinds = record(points, kind('email', 'sms'))
const swapped = record(points, kind('sms', 'email'))
const text = record({ name: 'points', type: 'string' })

const changes = (before: DeployedTable, after: WantedTable) =>
  rowChanges({ app: 'shop', nodes: [], tables: { ledger: before } }, { tables: new Map([['ledger', after]]) })
const wordsOf = (before: DeployedTable, after: WantedTable) => changes(before, after).map(({ words }) => words)

test('the same rows are no change', () => {
  const table = { version: 2, schemas: { 1: plain, 2: kinds } }
  expect(changes(table, table)).toEqual([])
})

test('another schema under the same version is refused, and cannot be allowed', () => {
  const [change, ...more] = changes({ version: 1, schemas: { 1: kinds } }, { version: 1, schemas: { 1: swapped } })
  expect(more).toEqual([])
  expect(change).toMatchObject({ what: 'topology', name: 'table ledger', impossible: true })
  expect(change!.words).toMatch(/^version 1 has another schema .*: raise the table's version, and keep the old/)
})

test('a version that was deployed once and rolled back keeps its schema, too', () => {
  const rolledBack = { version: 1, schemas: { 1: plain, 2: kinds } }
  expect(changes(rolledBack, { version: 1, schemas: { 1: plain } })).toEqual([])
  expect(changes(rolledBack, { version: 2, schemas: { 1: plain, 2: swapped } })).toMatchObject([
    { impossible: true, words: expect.stringMatching(/^version 2 has another schema/) },
    { words: expect.stringMatching(/^version 1 → 2/) },
  ])
})

test('a raised version is shown with what a rollback would mean', () => {
  const before = { version: 1, schemas: { 1: plain } }
  expect(wordsOf(before, { version: 2, schemas: { 1: plain, 2: kinds } })).toEqual([
    'version 1 → 2: older rows are read as they are met; after a rollback, version 1 reads rows of version 2 without what is new in them',
  ])
  expect(wordsOf(before, { version: 2, schemas: { 1: plain, 2: text } })[0]).toMatch(
    /^version 1 → 2: .*; a rollback stops where rows of version 2 were written, which version 1 can't read: .*cannot read/,
  )
})

test('a version whose older rows can no longer be read is refused', () => {
  expect(changes({ version: 1, schemas: { 1: plain } }, { version: 2, schemas: { 2: kinds } })[0]).toMatchObject({
    impossible: true,
    words: "rows of version 1 can't be read any more: keep its schema under `previous`",
  })
})

test('a rollback that can read what was written is shown; one that cannot needs to be allowed by name', () => {
  const after = { version: 1, schemas: { 1: plain } }
  const [fits] = changes({ version: 2, schemas: { 1: plain, 2: kinds } }, after)
  expect(fits!.allow).toBeUndefined()
  expect(fits!.words).toMatch(/^version 2 → 1: a rollback: rows of version 2 are read, and lose what is new/)
  const [stops] = changes({ version: 2, schemas: { 1: plain, 2: text } }, after)
  expect(stops).toMatchObject({ allow: 'rollback:ledger' })
  expect(stops!.words).toMatch(/^version 2 → 1: a rollback: partitions that hold rows of version 2 stop before/)
})

test('a deployment of which nobody noted the schemas is compared by versions, and they are noted', () => {
  const nodes = [{ id: 'book', kind: 'operator', subTopology: 'deciding', writes: 'ledger@1', to: [] } as const]
  const tables = new Map([['ledger', { version: 2, schemas: { 1: plain, 2: kinds } }]])
  const words = rowChanges({ app: 'shop', nodes }, { tables }).map(change => change.words)
  expect(words[0]).toMatch(/^version 1 → 2: older rows are read as they are met/)
  expect(words[1]).toMatch(/^the schemas of its rows are noted/)
})
