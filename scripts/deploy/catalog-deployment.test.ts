import { expect, test } from 'vitest'
import { parseCatalog } from '../../operators/catalog/parse-catalog.ts'
import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import { catalogOf } from '../../schemas/catalog/catalog.ts'
import { plan } from '../../topology/graph/plan.ts'
import { journey } from '../../topology/journey.ts'
import { refusedChanges } from './apply.ts'
import { changesOf } from './changes.ts'
import type { Deployment } from './deployment.ts'
import { wanted } from './wanted.ts'

const bank = (fields: string, channels = '[email, sms]') =>
  parseCatalog(
    `catalog: bank
version: 1
events: { payment_made: { fields: { ${fields} } } }
identifiers: { customer_no: {} }
purposes: [service, marketing]
channels: ${channels}
`,
    'bank.catalog.yaml',
    () => 'none',
  ).declaration!
const before = bank('amount: { type: number, required: true }')

function wantedFor(catalog: typeof before) {
  const topology = journey({ secret: 'the secret of the bank', catalog: catalogOf(catalog, builtInEvents) })
  return wanted(plan(topology), { app: 'bank', kind: 'live', partitions: 2, retentionMs: 1, replication: 1, catalog })
}

/** What a plan shows of another catalog, beside the topics. */
function shown(after: typeof before) {
  const { app, kind, topologyVersion, nodes, tables, catalog } = wantedFor(before)
  const deployed = {
    ...{ app, kind, generation: 1, topologyVersion, nodes, topics: {}, schemas: {}, catalog: catalog! },
    tables: Object.fromEntries(tables),
  } satisfies Deployment
  const changes = changesOf(wantedFor(after), { topics: new Map(), deployed, others: [] })
  return changes.filter(({ what }) => what === 'catalog')
}

test('a catalog that is as deployed is no change, and one that fits needs no leave', () => {
  expect(shown(before)).toEqual([])
  const grown = shown(bank('amount: { type: number, required: true }, country: text'))
  expect(grown).toEqual([{ what: 'catalog', name: 'events.payment_made.country', words: 'is new' }])
  expect(refusedChanges(grown, new Set())).toEqual([])
})

test('a change that does not fit is refused with what to do, unless it is allowed by name', () => {
  const other = shown(bank('amount: { type: text, required: true }', '[email]'))
  expect(other.map(({ name, words }) => `${name} ${words}`)).toEqual([
    'events.payment_made.amount was double and becomes string: events so far have the other type: declare a new field beside it',
    'channels.sms is removed: sends wait on its topic: keep it until nothing is sent by it',
  ])
  expect(refusedChanges(other, new Set())).toHaveLength(2)
  expect(refusedChanges(other, new Set(['catalog:channels.sms']))).toHaveLength(1)
  expect(refusedChanges(other, new Set(['catalog']))).toEqual([])
})
