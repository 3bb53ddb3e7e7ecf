import { describe, expect, test } from 'vitest'
import { builtInData, eventFields } from '../../schemas/catalog/event-reading.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import type { ConsentChange, Control, CustomerEvent, Receipt } from '../../schemas/generated.ts'
import type { StreamRecord } from '../../schemas/record.ts'
import { tokens } from '../identity/tokens.ts'
import { releaseHash } from '../release/canonical.ts'
import { releaseRow, versions } from '../test/fixtures.ts'
import { admission } from './admission.ts'

const now = Date.UTC(2024, 2, 1)
const token = tokens('a secret')
const operator = admission({ secret: 'a secret', catalog: firstCatalog })

const record = <V>(value: V, topic = 'events'): StreamRecord<V> => ({
  key: 'k',
  value,
  receivedAt: now,
  causeId: 'e1',
  position: { topic, partition: 2, offset: 7 },
})

const viewed: CustomerEvent = {
  eventId: 'e1',
  type: 'page_viewed',
  occurredAt: now - 1000,
  identifiers: [
    { type: 'cookie_id', value: 'c7' },
    { type: 'email_hash', value: ' AB12 ' },
  ],
  source: 'web',
  schemaVersion: 1,
  data: { 'joai.OpenData': { fields: { url: '/shoes', productId: 'p1' } } },
}

const admit = (event: CustomerEvent) => operator.on.event(record(event), undefined, {})

test('an event goes to the identities of its customer, without their values', () => {
  const step = admit(viewed)
  expect(step.emit).toHaveLength(1)
  const { to, value } = step.emit![0]!
  expect(to).toBe('observed')
  expect(value).toMatchObject({
    tokens: viewed.identifiers.map(token),
    eventId: 'e1',
    type: 'page_viewed',
    occurredAt: now - 1000,
    source: 'web',
    origin: { topic: 'events', partition: 2, offset: 7 },
  })
  expect(JSON.stringify(value)).not.toContain('AB12')
  expect({ ...eventFields(value as never, firstCatalog.events.get('page_viewed')!, { versions }) }).toEqual({
    url: '/shoes',
    productId: 'p1',
  })
})

describe('an unusable event is refused', () => {
  const refused: readonly (readonly [reason: string, parts: Partial<CustomerEvent>])[] = [
    ['missing-event-id', { eventId: '' }],
    ['missing-event-id', { eventId: ' \n' }],
    ['oversize-event-id', { eventId: 'e'.repeat(201) }],
    ['oversize-event-id', { eventId: 'e'.repeat(10_000) }],
    ['oversize-source', { source: 's'.repeat(201) }],
    ['unknown-type', { type: 'page_looked_at' }],
    ['unknown-type', { type: 'toString' }],
    ['missing-field', { type: 'order_completed' }],
    ['unknown-type', { type: 'consent_changed' }],
    ['no-identifier', { identifiers: [] }],
    ['too-many-identifiers', { identifiers: Array.from({ length: 33 }, (_, i) => ({ type: 'a', value: `${i}` })) }],
    ['blank-identifier', { identifiers: [...viewed.identifiers, { type: 'cookie_id', value: ' ' }] }],
    ['oversize-identifier', { identifiers: [{ type: 'cookie_id', value: 'v'.repeat(1025) }] }],
    ['bad-identifier-type', { identifiers: [{ type: 'cookie.id', value: 'v' }] }],
    ['bad-identifier-type', { identifiers: [{ type: '', value: 'v' }] }],
    ['absurd-timestamp', { occurredAt: Number.NaN }],
    ['absurd-timestamp', { occurredAt: Number.POSITIVE_INFINITY }],
    ['absurd-timestamp', { occurredAt: Date.UTC(1989, 11, 31) }],
    ['absurd-timestamp', { occurredAt: -1 }],
    ['absurd-timestamp', { occurredAt: now + 5 * 60_000 + 1 }],
    [
      'not-a-number',
      {
        type: 'redemption',
        data: { 'joai.OpenData': { fields: { actionId: 'a', couponId: 'c', value: Number.NaN } } },
      },
    ],
  ]
  test.each(refused)('%s: %j', (reason, parts) => {
    const step = admit({ ...viewed, ...parts })
    expect(step).toEqual({ reject: { reason, detail: expect.any(String) } })
    for (const { value } of viewed.identifiers) expect(step.reject!.detail).not.toContain(value)
  })

  test('an infinite price in a line of an order', () => {
    const line = { productId: 'p', category: '', quantity: 1, value: Number.NEGATIVE_INFINITY, discount: 0 }
    const order = { orderId: 'o', storeId: '', value: 1, discount: 0, cartId: null, margin: null, lines: [line] }
    const step = admit({ ...viewed, type: 'order_completed', data: { 'joai.OpenData': { fields: order } } })
    expect(step.reject?.reason).toBe('not-a-number')
  })
})

test('clocks may differ by five minutes, and the first second of 1990 is in time', () => {
  expect(admit({ ...viewed, occurredAt: now + 5 * 60_000 }).emit).toHaveLength(1)
  expect(admit({ ...viewed, occurredAt: Date.UTC(1990, 0, 1) }).emit).toHaveLength(1)
})

const consent: ConsentChange = {
  eventId: 'c1',
  identifiers: [{ type: 'customer_id', value: '42' }],
  source: 'crm',
  change: {
    purpose: 'marketing',
    channel: null,
    status: 'withdrawn',
    lawfulBasis: '',
    jurisdiction: 'DE',
    wordingVersion: '',
    effectiveAt: now + 86_400_000,
    recordedAt: now - 5,
  },
}

test('a consent travels to the person like an event', () => {
  const { emit } = operator.on.consent(record(consent, 'consents'), undefined, {})
  const value = emit![0]!.value as never
  expect(value).toMatchObject({ eventId: 'c1', type: 'consent_changed', occurredAt: now - 5, source: 'crm' })
  expect({ ...builtInData(value, 'consent_changed', { versions }) }).toEqual(consent.change)
})

test('a consent must say when, for what and for whom', () => {
  const reason = (parts: Partial<ConsentChange>) =>
    operator.on.consent(record({ ...consent, ...parts }), undefined, {}).reject?.reason
  expect(reason({ eventId: '' })).toBe('missing-event-id')
  expect(reason({ source: 's'.repeat(201) })).toBe('oversize-source')
  expect(reason({ identifiers: [] })).toBe('no-identifier')
  expect(reason({ change: { ...consent.change, purpose: '' } })).toBe('missing-purpose')
  expect(reason({ change: { ...consent.change, recordedAt: now + 3_600_000 } })).toBe('absurd-timestamp')
  expect(reason({ change: { ...consent.change, effectiveAt: 0 } })).toBe('absurd-timestamp')
})

const receipt: Receipt = {
  receiptId: 'r1',
  decisionId: 'd1',
  personId: 'p.customer_id.x',
  kind: 'bounced',
  value: 0,
  occurredAt: now,
  source: 'mail',
}

test('a receipt goes straight to the person that the send named', () => {
  const step = operator.on.receipt(record(receipt, 'receipts'), undefined, {})
  expect(step).toEqual({
    emit: [{ to: 'receipt', value: { ...receipt, origin: { topic: 'receipts', partition: 2, offset: 7 } } }],
  })
})

test('a receipt must say of what and for whom', () => {
  const reason = (parts: Partial<Receipt>) =>
    operator.on.receipt(record({ ...receipt, ...parts }), undefined, {}).reject?.reason
  expect(reason({ receiptId: '' })).toBe('missing-receipt-id')
  expect(reason({ source: 's'.repeat(201) })).toBe('oversize-source')
  expect(reason({ decisionId: ' ' })).toBe('missing-decision-id')
  expect(reason({ personId: '' })).toBe('missing-person-id')
  expect(reason({ occurredAt: 5 })).toBe('absurd-timestamp')
  expect(reason({ value: Number.NaN })).toBe('not-a-number')
})

describe('a control record', () => {
  const { document, hash } = releaseRow({ release: 'autumn' })
  const release = { controlId: 'main', kind: 'release', document, hash } as const
  const admitted = (control: Control) => operator.on.control(record(control, 'control'), undefined, {})

  test('of a release is admitted unchanged', () => {
    expect(admitted(release)).toEqual({ emit: [{ to: 'control', value: release }] })
  })

  test('that every partition would have to refuse is refused once, at admission', () => {
    const reason = (parts: Partial<Control>) => admitted({ ...release, ...parts }).reject?.reason
    expect(reason({ controlId: ' ' })).toBe('missing-control-id')
    expect(reason({ hash: 'h' })).toBe('bad-release')
    expect(reason({ document: '[]', hash: releaseHash('[]') })).toBe('bad-release')
    expect(reason({ kind: 'stop', document: '{}', hash: releaseHash('{}') })).toBe('bad-stop')
  })
})
