import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import { catalogOf } from '../../schemas/catalog/catalog.ts'
import type { ForeignRecord } from '../../schemas/generated.ts'
import { BadRecord } from '../../schemas/wire.ts'
import { type ParsedCatalog, parseCatalog } from '../catalog/parse-catalog.ts'
import { mappingOf } from './mapping.ts'

const head = `catalog: bank
version: 1
events:
  payment_made: { fields: { amount: { type: number, required: true }, country: text, at: time } }
  account_closed: { fields: {} }
identifiers: { customer_no: {}, email: {} }
purposes: [service, marketing]
channels: [email, sms]
sources:
`
const parsed = (sources: string): ParsedCatalog => parseCatalog(head + sources, 'bank.catalog.yaml', () => 'none')

const payments = `  payments:
    from: { topic: core.payments, format: json }
    to: events
    when: record.state == "booked"
    id: string(record.no)
    type: payment_made
    time: record.bookedAt
    identifiers: { customer_no: record.customer.no, email: record.customer.?email }
    data:
      amount: record.cents / 100
      country: record.?country.orValue("DE")
`
const accounts = `  accounts:
    from: { topic: core.accounts, format: debezium }
    to: events
    when: op != "r"
    id: string(record.source.lsn)
    type: 'op == "d" ? "account_closed" : "payment_made"'
    time: record.ts_ms
    identifiers: { customer_no: 'op == "d" ? before.owner : after.owner' }
    data: 'op == "d" ? {} : { "amount": after.balance }'
`
const visits = `  visits:
    from: { topic: web.visits, format: cloudevents }
    to: events
    id: ce.id
    type: payment_made
    identifiers: { customer_no: record.who }
    data: { amount: 1 }
`
const consents = `  permissions:
    from: { topic: crm.permissions, format: json }
    to: consents
    id: record.id
    identifiers: { email: record.mail }
    time: record.at
    data:
      purpose: '"marketing"'
      status: 'record.yes ? "granted" : "withdrawn"'
`

function mapped(sources: string, record: Omit<Partial<ForeignRecord>, 'value'> & { readonly value: unknown }): unknown {
  const { declaration, problems } = parsed(sources)
  expect(problems).toEqual([])
  const [[name, source]] = Object.entries(declaration!.sources!) as any
  const value = record.value === null ? null : Buffer.from(JSON.stringify(record.value))
  return mappingOf(
    name,
    source,
    catalogOf(declaration!, builtInEvents),
  )({ key: '', headers: {}, ...record, value }, 1_000)
}
const refusal = (sources: string, record: Parameters<typeof mapped>[1]): string => {
  try {
    return `mapped ${JSON.stringify(mapped(sources, record))}`
  } catch (error) {
    return `${(error as { reason?: string }).reason}: ${(error as Error).message}`
  }
}

describe('a record of a company becomes an event', () => {
  const payment = { no: 17, state: 'booked', bookedAt: '2026-12-01T10:00:00Z', customer: { no: 'c1' }, cents: 1250 }

  test('by an expression for each part of it', () => {
    expect(mapped(payments, { value: payment })).toMatchObject({
      to: 'events',
      value: {
        eventId: '17',
        type: 'payment_made',
        occurredAt: '2026-12-01T10:00:00Z',
        identifiers: [{ type: 'customer_no', value: 'c1' }],
        source: 'payments',
        data: { amount: 12.5, country: 'DE' },
      },
    })
    const more = { ...payment, country: 'FR', customer: { no: 4711, email: 'a@example.com' } }
    expect(mapped(payments, { value: more })).toMatchObject({
      value: {
        identifiers: [
          { type: 'customer_no', value: '4711' },
          { type: 'email', value: 'a@example.com' },
        ],
        data: { country: 'FR' },
      },
    })
  })

  test('unless it is none of those that the source maps', () => {
    expect(mapped(payments, { value: { ...payment, state: 'pending' } })).toBeNull()
    expect(mapped(payments, { value: null })).toBeNull()
  })

  test.each([
    [
      { ...payment, cents: 'many' },
      "unmappable: source 'payments', data.amount: 'record.cents / 100' can't be evaluated",
    ],
    [
      { ...payment, customer: {} },
      "unmappable: source 'payments', identifiers.customer_no: 'record.customer.no' can't be evaluated",
    ],
    [{ no: 1 }, "unmappable: source 'payments', when: 'record.state == \"booked\"' can't be evaluated"],
    [{ ...payment, bookedAt: undefined }, "unmappable: source 'payments', time: 'record.bookedAt' can't be evaluated"],
    [
      { ...payment, bookedAt: 'soon' },
      "unmappable: source 'payments', time: 'record.bookedAt': occurredAt is not of type long",
    ],
    [
      { ...payment, country: 7 },
      `unmappable: source 'payments', data.country: 'record.?country.orValue("DE")': data.country is not of type string`,
    ],
  ])('or is refused with the expression that failed: %j', (value, expected) => {
    expect(refusal(payments, { value })).toContain(expected)
  })

  test('with several identifiers of a type, and a time that is cut to milliseconds', () => {
    const listed = payments
      .replace('record.customer.no,', 'record.cards,')
      .replace('time: record.bookedAt', 'time: record.micros / 1000')
    expect(mapped(listed, { value: { ...payment, cards: ['a', 7], micros: 1_234_567 } })).toMatchObject({
      value: {
        occurredAt: 1234,
        identifiers: [
          { type: 'customer_no', value: 'a' },
          { type: 'customer_no', value: '7' },
        ],
      },
    })
    expect(refusal(listed, { value: { ...payment, cards: [{ no: 1 }], micros: 1 } })).toBe(
      "unmappable: source 'payments', identifiers.customer_no: 'record.cards' gives neither texts nor numbers",
    )
  })

  test.each([
    ['record.customer[record.state]', 'there is no such name'],
    ['{"a": 1}[record.customer.no]', 'there is no such name'],
    ['int(record.state)', 'its values do not fit'],
  ])('and never with a value that the message of the failure names: %s', (expression, told) => {
    const naming = payments.replace('record.cents / 100', `'${expression}'`)
    expect(refusal(naming, { value: payment })).toBe(
      `unmappable: source 'payments', data.amount: '${expression}' can't be evaluated: ${told}`,
    )
  })

  test('not if it has numbers that have lost digits', () => {
    const long = Buffer.from('{"no": 9007199254740993}')
    expect(refusal(payments, { value: JSON.parse(long.toString()) })).toBe(
      "unmappable: source 'payments': it can't be read as json: record.no is a whole number beyond 2^53, which must come as text",
    )
  })

  test('never with its values in the refusal', () => {
    expect(refusal(payments, { value: { ...payment, cents: 'secret-4711' } })).not.toContain('secret-4711')
  })
})

describe('changes of a database', () => {
  const source = { lsn: 9, table: 'accounts' }
  const change = (op: string, before: unknown, after: unknown) => ({ op, before, after, source, ts_ms: 5 })
  const wrapped = (op: string, before: unknown, after: unknown) => ({ schema: {}, payload: change(op, before, after) })

  test.each([
    ['a row that was created', change('c', null, { owner: 'c1', balance: 3 }), 'payment_made', { amount: 3 }],
    [
      'a row that was created, with its schema',
      wrapped('c', null, { owner: 'c1', balance: 3 }),
      'payment_made',
      { amount: 3 },
    ],
    [
      'a row that was updated',
      change('u', { owner: 'c1', balance: 3 }, { owner: 'c1', balance: 4 }),
      'payment_made',
      { amount: 4 },
    ],
    ['a row that was deleted', change('d', { owner: 'c1', balance: 4 }, null), 'account_closed', {}],
  ])('become what the mapping says: %s', (_, value, type, data) => {
    expect(mapped(accounts, { value })).toMatchObject({ value: { eventId: '9', type, data, occurredAt: 5 } })
  })

  test('a snapshot that the source leaves out, and a tombstone, become nothing', () => {
    expect(mapped(accounts, { value: change('r', null, { owner: 'c1', balance: 3 }) })).toBeNull()
    expect(mapped(accounts, { value: null })).toBeNull()
  })

  test('what is no change is refused', () => {
    expect(refusal(accounts, { value: { owner: 'c1' } })).toBe(
      "unmappable: source 'accounts': it can't be read as debezium: it has no 'op': it is no change event of Debezium",
    )
  })
})

test('a CloudEvent without data is one of its attributes alone', () => {
  const headers = { ce_specversion: '1.0', ce_id: 'e1', ce_source: '/shop', ce_type: 'visit', ce_subject: 'c1' }
  const bySubject = visits.replace('customer_no: record.who', 'customer_no: ce.subject')
  expect(mapped(bySubject, { value: null, headers })).toMatchObject({ value: { eventId: 'e1', source: '/shop' } })
  expect(mapped(bySubject, { value: null })).toBeNull()
})

describe('CloudEvents', () => {
  const attributes = { specversion: '1.0', id: 'e1', source: '/shop', type: 'visit' }
  const binary = (more: Readonly<Record<string, string>> = {}) => ({
    ce_specversion: '1.0',
    ce_id: 'e1',
    ce_source: '/shop',
    ce_type: 'visit',
    'content-type': 'application/json',
    ...more,
  })
  const event = { eventId: 'e1', source: '/shop', identifiers: [{ type: 'customer_no', value: 'c1' }] }

  test('are read in binary and in structured mode; id and source are those of the event', () => {
    expect(mapped(visits, { value: { who: 'c1' }, headers: binary() })).toMatchObject({
      value: { ...event, occurredAt: 1000 },
    })
    const at = '2026-12-01T10:00:00Z'
    expect(mapped(visits, { value: { who: 'c1' }, headers: binary({ ce_time: at }) })).toMatchObject({
      value: { occurredAt: at },
    })
    expect(mapped(visits, { value: { ...attributes, time: at, data: { who: 'c1' } } })).toMatchObject({
      value: { ...event, occurredAt: at },
    })
  })

  test.each([
    [{ ...attributes, specversion: '0.3', data: {} }, {}, "its 'specversion' is not 1.0"],
    [{ ...attributes, id: '', data: {} }, {}, "its attribute 'id' is missing or empty"],
    [{ data: {} }, {}, "its 'specversion' is not 1.0"],
    [{}, binary({ ce_source: '' }), "its attribute 'source' is missing or empty"],
    [{ ...attributes, data_base64: 'AA==' }, {}, "'data_base64' can't be read"],
    [[1], {}, 'it is no CloudEvent'],
    [{ ...attributes, time: 'yesterday', data: {} }, {}, "its attribute 'time' is no time of RFC 3339"],
    [{ ...attributes, source: 'the shop', data: {} }, {}, "its attribute 'source' is no URI"],
    [{ ...attributes, subject: '', data: {} }, {}, "its attribute 'subject' is empty"],
    [{ ...attributes, traceParent: 'x', data: {} }, {}, 'an attribute has other letters'],
    [{ ...attributes, extension: {}, data: {} }, {}, "its attribute 'extension' is no text"],
  ])('that the specification forbids are refused: %j', (value, headers, expected) => {
    expect(refusal(visits, { value, headers })).toMatch(
      new RegExp(`^unmappable: source 'visits': .*${expected.replace(/[.']/g, '.')}`),
    )
  })
})

test('a consent comes from a topic of its own', () => {
  expect(mapped(consents, { value: { id: 'p1', mail: 'a@example.com', yes: false, at: 7 } })).toMatchObject({
    to: 'consents',
    value: {
      eventId: 'p1',
      identifiers: [{ type: 'email', value: 'a@example.com' }],
      source: 'permissions',
      change: { effectiveAt: 7, recordedAt: 7, purpose: 'marketing', status: 'withdrawn' },
    },
  })
})

test.each([
  ['topic: core.payments', 'topic: events', "11:20 'events' is a log of our own"],
  ['format: json', 'format: jsn', "11:43 'jsn' can't stand in 'format'; write 'json'"],
  [
    'type: payment_made',
    'type: payment_mde',
    "15:11 'payment_mde' is neither an event type nor an expression; write 'payment_made'",
  ],
  [
    'customer_no: record',
    'customer_nr: record',
    "17:20 type of identifier 'customer_nr' is not known; write 'customer_no'",
  ],
  [
    'country: record',
    'land: record',
    "20:7 field of payment_made 'land' is not known; write one of: amount, country, at",
  ],
  [
    'amount: record.cents / 100',
    'at: record.x',
    "19:7 'amount' of payment_made is required and not mapped; add 'amount:'",
  ],
  ['record.cents / 100', 'records.cents / 100', "19:15 'records' is not known; write 'record'"],
  ['record.cents / 100', 'record.cents /', '19:'],
  ['when: record.state == "booked"', 'when: size("a")', '13:11 this is a int, not a bool'],
  ['time: record.bookedAt', 'time: timestamp(record.bookedAt)', '16:11 timestamps do not repeat exactly; write millis'],
  ['id: string(record.no)', 'id: op', "14:9 'op' is not known"],
  ['    to: events\n', '', "11:5 'to' is missing in 'payments'"],
  ['    id: string(record.no)\n', '    id: string(record.no)\n    key: a\n', "15:5 'key' is not known in 'payments'"],
])('lint tells what is wrong with a source: %s as %s', (from, to, expected) => {
  const told = parsed(payments.replace(from, to)).problems.map(
    ({ line, column, message, remedy }) => `${line}:${column} ${message}; ${remedy}`,
  )
  expect(
    told.filter(one => one.startsWith(expected)),
    told.join('\n'),
  ).toHaveLength(1)
})

test('whatever a record holds, it is mapped, passed over or refused, and nothing else is thrown', () => {
  const value = fc.option(
    fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.record({ op: fc.constantFrom('c', 'd', 't'), before: fc.jsonValue(), after: fc.jsonValue() }),
      fc.record({ schema: fc.jsonValue(), payload: fc.jsonValue() }),
      fc.record({
        specversion: fc.constant('1.0'),
        id: fc.string(),
        source: fc.string(),
        type: fc.string(),
        data: fc.jsonValue(),
      }),
    ),
    { nil: undefined },
  )
  const headers = fc.dictionary(
    fc.constantFrom('ce_specversion', 'ce_id', 'ce_source', 'content-type', 'x'),
    fc.string(),
  )
  const mappings = [payments, accounts, visits, consents].map(text => {
    const { declaration } = parsed(text)
    const [[name, source]] = Object.entries(declaration!.sources!) as any
    return mappingOf(name, source, catalogOf(declaration!, builtInEvents))
  })
  fc.assert(
    fc.property(value, headers, fc.string(), fc.uint8Array({ maxLength: 20 }), (json, given, key, bytes) => {
      const read = json === undefined ? bytes : Buffer.from(JSON.stringify(json))
      for (const mapping of mappings)
        try {
          mapping({ key, headers: given, value: read as Buffer }, 1_000)
        } catch (error) {
          expect(error).toBeInstanceOf(BadRecord)
          expect((error as BadRecord).reason).toBe('unmappable')
        }
    }),
  )
})

test('an expression that takes too many steps, and a record that nests too deeply, are refused', () => {
  const costly = payments.replace(
    'record.cents / 100',
    'size(record.all.map(a, record.all.map(b, record.all.map(c, c))))',
  )
  const all = Array.from({ length: 100 }, (_, n) => n)
  const value = { no: 1, state: 'booked', bookedAt: 1, customer: { no: 'c1' }, all }
  expect(refusal(costly, { value })).toMatch(/data\.amount: .* can't be evaluated: it takes more than 20000 steps$/)
  let deep: unknown = 1
  for (let level = 0; level < 40; level++) deep = [deep]
  expect(refusal(payments, { value: { deep } })).toMatch(/^unmappable: source 'payments': .*more than 32 levels$/)
})
