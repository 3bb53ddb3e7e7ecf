import { expect, test } from 'vitest'
import { verify } from '../audit/verify.ts'
import { parseCatalog } from '../operators/catalog/parse-catalog.ts'
import { parseRelease } from '../operators/release/file/parse.ts'
import { builtInEvents } from '../schemas/catalog/built-in-events.ts'
import { catalogOf } from '../schemas/catalog/catalog.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { hours, minutes } from '../schemas/record.ts'
import { foreignTopic, sendsOn, topics } from '../schemas/topics.ts'
import { encodeValue } from '../schemas/wire.ts'
import { TopologyTest } from '../testing/topology-test.ts'
import { journey } from './journey.ts'
import { controlRecord, releaseControl } from './replay/control-record.ts'

const { declaration, problems } = parseCatalog(
  `catalog: bank
version: 1
events:
  payment_made: { fields: { amount: { type: number, required: true } } }
  account_closed: { fields: {} }
identifiers: { customer_no: {}, email: { fold: email } }
purposes: [service, marketing]
channels: [email, sms]
sources:
  payments:
    from: { topic: core.payments, format: json }
    to: events
    id: record.no
    type: payment_made
    identifiers: { customer_no: record.customer, email: record.?email }
    data: { amount: record.cents / 100 }
  accounts:
    from: { topic: core.accounts, format: debezium }
    to: events
    when: op == "d"
    id: '"closed-" + string(record.source.lsn)'
    type: account_closed
    identifiers: { customer_no: before.owner }
    data: {}
  permissions:
    from: { topic: crm.permissions, format: json }
    to: consents
    id: record.id
    identifiers: { email: record.mail }
    data: { purpose: '"marketing"', status: 'record.yes ? "granted" : "withdrawn"' }
`,
  'bank.catalog.yaml',
  () => 'none',
)
const release = parseRelease(
  `release: bank
version: 1
catalog: bank.catalog.yaml
person: { jurisdiction: DE, country: DE, timeZone: Europe/Berlin }
identifiers: { types: [{ type: customer_no, priority: 1, limit: 1 }, { type: email, priority: 2, limit: 3 }] }
consent: { regimes: { DE: opt-in }, exemptPurposes: [service] }
triggers: [payment_made, account_closed]
features:
  - { name: spent_7d, event: payment_made, kind: sum, field: amount, window: 7d }
actions:
  - id: offer
    treatments: [email]
    value: 10
    applicability: [{ id: spends, when: features.spent_7d >= 100 }]
  - id: farewell
    purpose: service
    mandatory: true
    treatments: [sms]
    value: 1
    applicability: [{ id: closed, when: event.type == "account_closed" }]
exploration: { algorithm: epsilon-greedy, epsilon: 0, floor: 0 }
`,
  'bank.yaml',
  { catalog: () => ({ declaration, problems }) },
)

const t0 = Date.UTC(2026, 10, 2, 10)
const from = (topic: string, at: number, key: string, value: unknown): InputRecord => ({
  topic,
  key,
  timestamp: t0 + at,
  value: encodeValue(foreignTopic(topic).types.record, {
    key,
    value: value === null ? null : Buffer.from(JSON.stringify(value)),
    headers: {},
  }),
})
const payment = (at: number, no: string, cents: unknown, more: object = {}) =>
  from('core.payments', at, 'c1', { no, customer: 'c1', cents, ...more })

test('what other systems write of a customer becomes events and consents, each at its place in time', async () => {
  expect([...problems, ...release.problems]).toEqual([])
  const bench = await TopologyTest.open(
    journey({ secret: 'the secret of the bank', catalog: catalogOf(declaration!, builtInEvents) }),
    { partitions: 3 },
  )
  const bad = Array.from({ length: 20 }, (_, n) => payment(minutes(30) + n, `bad-${n}`, 'many'))
  await bench.run([
    controlRecord(releaseControl(release.release!), t0 - 1),
    payment(0, 'p1', 15_000, { email: 'a@example.com' }),
    from('crm.permissions', minutes(1), '', { id: 'yes', mail: 'A@example.com', yes: true }),
    payment(minutes(2), 'p2', 100),
    from('crm.permissions', minutes(3), '', { id: 'no', mail: 'a@example.com', yes: false }),
    payment(minutes(4), 'p3', 100),
    ...bad,
    from('core.accounts', hours(1), 'c1', {
      op: 'u',
      before: { owner: 'c1' },
      after: { owner: 'c1' },
      source: { lsn: 1 },
    }),
    from('core.accounts', hours(2), 'c1', { op: 'd', before: { owner: 'c1' }, after: null, source: { lsn: 2 } }),
    from('core.accounts', hours(2) + 1, 'c1', null),
  ])
  const decisions = (await bench.read(topics.decisions, 'decision')).map(({ value }) => value)
  expect(decisions.map(({ trigger, outcome }) => [trigger.eventId, trigger.source, outcome.kind])).toEqual([
    ['p1', 'payments', 'SILENCE'],
    ['p2', 'payments', 'ACT'],
    ['p3', 'payments', 'SILENCE'],
    ['closed-2', 'accounts', 'MANDATORY'],
  ])
  expect(await bench.read(sendsOn('sms'), 'send')).toHaveLength(1)
  const letters = (await bench.read(topics.deadLetters, 'letter')).map(({ value }) => value)
  expect(letters).toHaveLength(20)
  for (const { reason, detail, position } of letters)
    expect([reason, position.topic, detail]).toEqual([
      'unmappable',
      'core.payments',
      expect.stringMatching(/^source 'payments', data\.amount: 'record\.cents \/ 100' can't be evaluated: /),
    ])
  const report = await verify(bench.log)
  expect(report.laws.flatMap(({ violations }) => violations)).toEqual([])
  expect(report.laws.find(({ law }) => law === 'consent')).toMatchObject({ checked: expect.any(Number) })
})
