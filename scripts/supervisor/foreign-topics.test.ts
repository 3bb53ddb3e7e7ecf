// @module-tag process
// @module-tag broker
// @module-tag slow

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { Cluster } from '../../connectors/kafka/cluster.ts'
import type { KafkaLog } from '../../connectors/kafka/kafka-log.ts'
import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import { catalogOf } from '../../schemas/catalog/catalog.ts'
import type { DeadLetter, Decision, PersonEvent } from '../../schemas/generated.ts'
import { topics } from '../../schemas/topics.ts'
import { BuiltPackage, run } from '../../testing/test/built-package.ts'
import { pythonWith } from '../../testing/test/python.ts'
import { isWanted } from '../../testing/test/tags.ts'
import { journey } from '../../topology/journey.ts'
import { settings } from '../config/config.ts'
import { readCatalogFile } from '../input/catalog-file.ts'
import { openClusterLog } from '../logs/cluster.ts'
import { values } from '../logs/summary.ts'
import { startPlainRegistry } from './test/plain-registry.ts'

const broker = inject('broker')
const isOurs = isWanted('process', 'broker', 'slow')
const packages = ['confluent-kafka==2.16.1', 'fastavro==1.13.1', 'cloudevents==1.12.0']
const python = isOurs ? pythonWith(packages) : { reason: '' }
const noPython = 'reason' in python ? python.reason : null
const reason = !isOurs ? null : 'lacks' in broker ? broker.lacks : noPython
const secret = 'a secret of this test'

const catalog = (name: string) => `catalog: acme
version: 1
events:
  paid: { fields: { amount: { type: number, required: true }, told: { type: text, required: true } } }
  account_changed: { fields: { balance: number } }
  account_closed: {  fields: {} }
  visited: { fields: { page: text } }
identifiers: { customer_no: {} }
purposes: [service]
channels: [email]
sources:
  orders:
    from: { topic: ${name}.orders, format: json }
    to: events
    when: headers.?kind.orValue("") != "test"
    id: record.no
    type: paid
    time: record.at
    identifiers: { customer_no: record.customer }
    data: { amount: record.cents / 100, told: '"order"' }
  payments:
    from: { topic: ${name}.payments, format: avro }
    to: events
    id: string(record.no)
    type: paid
    time: record.at
    identifiers: { customer_no: record.customer }
    data: { amount: record.amount, told: 'record.kind + ", " + record.note + ", " + record.tags.shop' }
  accounts:
    from: { topic: ${name}.accounts, format: debezium }
    to: events
    when: op != "r"
    id: string(record.source.lsn)
    type: 'op == "d" ? "account_closed" : "account_changed"'
    time: record.ts_ms
    identifiers: { customer_no: 'op == "d" ? before.owner : after.owner' }
    data: 'op == "d" ? {} : { "balance": after.balance }'
  visits:
    from: { topic: ${name}.visits, format: cloudevents }
    to: events
    id: ce.id
    type: visited
    identifiers: { customer_no: ce.subject }
    data: { page: record.page }
`
const release = `release: acme
version: 1
catalog: acme.catalog.yaml
person: { jurisdiction: DE, country: DE, timeZone: UTC }
identifiers: { types: [{ type: customer_no, priority: 1, limit: 1 }] }
consent: { regimes: { DE: opt-in }, exemptPurposes: [service] }
exploration: { algorithm: epsilon-greedy, epsilon: 0, floor: 0 }
triggers: [paid, account_changed, account_closed, visited]
actions:
  - id: thank
    purpose: service
    treatments: [email]
    value: 1
    applicability: [{ id: as-written, when: 'event.type != "paid" || event.amount == 12.5 && event.told == "order" || event.amount == -12.34 && event.told == "CARD, a note, s1"' }]
`

async function all<V>(found: AsyncIterable<V>): Promise<V[]> {
  const list: V[] = []
  for await (const one of found) list.push(one)
  return list
}
const decisionsIn = (log: KafkaLog) => all(values<Decision>(log, topics.decisions, 'decision'))
const lettersIn = (log: KafkaLog) => all(values<DeadLetter>(log, topics.deadLetters, 'letter'))

describe.skipIf(reason !== null)(`topics of a company${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  test('are read as they are, by sources of the catalog: what can be mapped is decided, and all else is a dead letter', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'joai-sources-'))
    const registry = await startPlainRegistry()
    const built = BuiltPackage.build()
    const { brokers } = broker as { brokers: string }
    const id = randomUUID()
    const [prefix, name] = [`${id}.joai.`, `${id}.acme`]
    const config = { brokers, prefix, data: join(folder, 'data'), secret, registry: registry.url }
    const named = Object.entries({ ...config, config: 'joai.yaml' })
    const env = Object.fromEntries(named.map(([key, value]) => [`JOAI_${key.toUpperCase()}`, value]))
    const place = { cwd: folder, env }
    writeFileSync(join(folder, 'joai.yaml'), 'catalog: acme.catalog.yaml\n')
    writeFileSync(join(folder, 'acme.catalog.yaml'), catalog(name))
    writeFileSync(join(folder, 'acme.yaml'), release)
    const program = join(import.meta.dirname, 'test/foreign_topics.py')
    const producer = async (...args: readonly string[]) => {
      const given = { BROKERS: brokers, REGISTRY: registry.url, NAME: name }
      const ran = await run(('python' in python && python.python) || '', [program, ...args], {
        cwd: folder,
        env: given,
      })
      expect(ran, ran.err).toMatchObject({ code: 0 })
    }
    const words = catalogOf(readCatalogFile(join(folder, 'acme.catalog.yaml')), builtInEvents)
    const early = await built.run(['apply', '--partitions', '2'], place)
    expect(early, early.err).toMatchObject({ code: 1 })
    expect(early.out).toContain(`${name}.orders`)
    expect(early.out).toMatch(/a source of the catalog reads it, and the cluster does not have it/)
    await producer('create')
    const applied = await built.run(['apply', '--partitions', '2'], place)
    expect(applied, applied.err).toMatchObject({ code: 0 })
    const working = await built.start(['run', '--port', '0', '--json'], { ...place, until: /"assigned"/ })
    const log = await openClusterLog(settings(config).config, journey({ secret, catalog: words }))
    try {
      const released = await built.run(['release', 'acme.yaml', '--json'], place)
      expect(released, released.err).toMatchObject({ code: 0 })
      await producer()

      await expect.poll(async () => (await lettersIn(log)).length, { timeout: 40_000 }).toBeGreaterThanOrEqual(22)
      await expect.poll(async () => (await decisionsIn(log)).length, { timeout: 40_000 }).toBeGreaterThanOrEqual(11)
      const decided = (await decisionsIn(log)).map(({ trigger, outcome }) => [
        trigger.source,
        trigger.eventId,
        outcome.kind,
      ])
      expect(decided.sort()).toEqual(
        [
          ...['o0', 'o1', 'o2'].map(order => ['orders', order, 'ACT']),
          ...['0', '1', '2'].map(payment => ['payments', payment, 'ACT']),
          ...['1', '2', '3'].map(lsn => ['accounts', lsn, 'ACT']),
          ...['v0', 'v1'].map(visit => ['/shop', visit, 'ACT']),
        ].sort(),
      )
      // What lay there before the first `apply` is not read.
      const events = await all(values<PersonEvent>(log, topics.people, 'event'))
      expect(events.filter(({ eventId }) => eventId === 'old')).toEqual([])
      const letters = await lettersIn(log)
      const of = (topic: string) =>
        letters.flatMap(({ position, reason, detail }) =>
          position.topic === `${name}.${topic}` ? [`${reason}: ${detail}`] : [],
        )
      expect(of('orders')).toHaveLength(20)
      for (const told of of('orders'))
        expect(told).toMatch(/^unmappable: source 'orders', data\.amount: 'record\.cents \/ 100'/)
      expect(of('orders').join()).not.toContain('secret-')
      expect(of('payments')).toEqual([expect.stringMatching(/^unmappable: source 'payments': /)])
      expect(of('visits')).toEqual([expect.stringMatching(/^unmappable: source 'visits': .*specversion/)])
      expect(letters).toHaveLength(22)

      const verified = await built.run(['verify', '--json'], place)
      expect(verified, verified.out + verified.err).toMatchObject({ code: 0 })

      // The company's topics are as they were, and stay when no source reads them any more.
      const cluster = await Cluster.connect({ brokers: [brokers], clientId: 'test' })
      const theirs = async () =>
        await cluster.topics(['orders', 'payments', 'accounts', 'visits'].map(one => `${name}.${one}`))
      expect([...(await theirs()).values()].map(({ partitions }) => partitions).sort()).toEqual([1, 2, 2, 3])
      expect(await working.end('SIGTERM')).toMatchObject({ code: 0 })
      writeFileSync(join(folder, 'acme.catalog.yaml'), catalog(name).split('  visits:\n')[0]!)
      const less = await built.run(['apply', '--partitions', '2', '--allow', 'remove'], place)
      expect(less, less.out + less.err).toMatchObject({ code: 0 })
      expect((await theirs()).size).toBe(4)
      await cluster.close()
    } finally {
      await log.close()
      await working.end('SIGKILL')
      registry.stop()
      rmSync(folder, { recursive: true })
    }
  })
})
