import { describe, expect, test } from 'vitest'
import type { ClusterTopic } from '../../connectors/kafka/cluster.ts'
import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import { catalogOf } from '../../schemas/catalog/catalog.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import { plan } from '../../topology/graph/plan.ts'
import { journey } from '../../topology/journey.ts'
import { changesOf, partitionsFor } from './changes.ts'
import type { Deployment } from './deployment.ts'
import { rightsOf } from './rights.ts'
import { wanted } from './wanted.ts'

const topic = 'CRM.Orders_v1'
const orders = {
  from: { topic, format: 'json' },
  to: 'events',
  id: 'record.id',
  type: 'page_viewed',
  identifiers: { customer_id: 'record.who' },
  data: { url: 'record.url' },
} as const
const wantedWith = (sources: object) => {
  const catalog = catalogOf({ ...firstCatalog.declaration, ...sources }, builtInEvents)
  const options = { app: 'shop', prefix: 'joai.', partitions: 4, kind: 'live', retentionMs: 1, replication: 1 } as const
  return wanted(plan(journey({ secret: 'a secret', catalog })), options)
}
const withSource = wantedWith({ sources: { orders } })
const withoutSource = wantedWith({})
const theirs: ClusterTopic = { partitions: 7, replication: 1, config: { 'retention.ms': '5' }, own: new Set() }

describe('a topic of the company that a source reads', () => {
  const none = { deployed: null, others: [] }

  test('must be there, and is never created: the plan says so', () => {
    const changes = changesOf(withSource, { ...none, topics: new Map() }).filter(({ name }) => name === topic)
    expect(changes).toEqual([
      { what: 'topic', name: topic, words: expect.stringContaining('the cluster does not have it'), impossible: true },
    ])
  })

  test('is not changed, and its tasks keep as many changelogs as it has partitions', () => {
    const topics = new Map([[topic, theirs]])
    expect(changesOf(withSource, { ...none, topics }).filter(({ name }) => name === topic)).toEqual([])
    expect(partitionsFor(`intake.${topic}-changelog`, withSource, topics)).toBe(7)
  })

  test('is not deleted when no source reads it any more, but its changelog is', () => {
    const { app, kind, topologyVersion, nodes } = withSource
    const deployed: Deployment = {
      ...{ app, kind, topologyVersion, nodes, generation: 1, schemas: {} },
      topics: Object.fromEntries([...withSource.topics].map(([name, { config: _, ...about }]) => [name, about])),
    }
    const topics = new Map([...withSource.topics.keys()].map(name => [name, theirs]))
    const gone = changesOf(withoutSource, { topics, deployed, others: [] }).filter(({ words }) =>
      /no longer used/.test(words),
    )
    expect(gone.map(({ name }) => name)).toEqual([`intake.${topic}-changelog`])
  })

  test('may be read by two applications', () => {
    const other = { ...withSource, app: 'other', generation: 1, schemas: {}, tables: {} }
    const deployed = { ...other, topics: { [topic]: { part: 'foreign', partitions: 7 } } } as unknown as Deployment
    const changes = changesOf(withSource, { topics: new Map([[topic, theirs]]), deployed: null, others: [deployed] })
    expect(changes.filter(({ words }) => /belongs to/.test(words))).toEqual([])
  })

  test('has no prefix: workers may read it, and nobody may write or change it', () => {
    const of = (role: 'worker' | 'producer' | 'deployer') =>
      rightsOf(role, withSource).flatMap(({ name, operation }) =>
        name.includes(topic) && !name.includes('changelog') ? [`${operation} ${name}`] : [],
      )
    expect(of('worker')).toEqual([`read ${topic}`, `describe ${topic}`])
    expect(of('producer')).toEqual([])
    expect(of('deployer').sort()).toEqual([`describe ${topic}`, `describe-configs ${topic}`, `read ${topic}`])
  })

  test('has no schema of ours in the registry', () => {
    expect([...withSource.schemas.keys()].filter(subject => subject.includes('ForeignRecord'))).toEqual([])
  })
})
