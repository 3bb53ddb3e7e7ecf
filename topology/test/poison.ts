import { releaseHash } from '../../operators/release/canonical.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import { encodedData } from '../../schemas/catalog/first-data.ts'
import type { Control, CustomerEvent, Receipt } from '../../schemas/generated.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { hours, type Time } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { encodeValue } from '../../schemas/wire.ts'
import { chance } from './random-history.ts'

/** A record that can't be used, and the reason that its dead letter must give. */
export interface Poison {
  readonly record: InputRecord
  readonly kind: string
  readonly reason: string
}

/** Stands, followed by a number, for the personal data of a record. No dead letter may contain it. */
export const canary = 'canary.of.a.person'

/** The material from which each kind of poison is made. */
interface Spoon {
  /** A good record to be spoilt. Its event id is that of a good event. */
  readonly good: InputRecord
  readonly n: number
  readonly at: Time
  readonly random: () => number
}

interface Spoilt {
  readonly topic?: InputRecord['topic']
  readonly value: Uint8Array
}

const name = ({ n }: Spoon) => `${canary}.${n}@example.org`
const below = ({ random }: Spoon, count: number) => Math.floor(random() * count)

const fine = (spoon: Spoon) => ({
  eventId: `poison-${spoon.n}`,
  type: 'page_viewed',
  occurredAt: spoon.at,
  identifiers: [{ type: 'email_hash', value: name(spoon) }],
  source: 'poison',
  schemaVersion: 1,
  data: { url: `/?of=${name(spoon)}`, productId: null } as object,
})
type Fine = ReturnType<typeof fine>

const json = (value: unknown): Spoilt => ({ value: Buffer.from(JSON.stringify(value)) })
const asJson = (spoon: Spoon, change: object): Spoilt => json({ ...fine(spoon), ...change })

/** Encodes as Avro, which can hold values that JSON can't. */
function asAvro(spoon: Spoon, change: Partial<Omit<Fine, 'data'>> & { readonly data?: object } = {}): Spoilt {
  const { data, ...head } = { ...fine(spoon), ...change }
  const event = { ...head, data: change.data ?? { 'joai.OpenData': { fields: data } } }
  return { value: encodeValue(topics.events.types.event, event as unknown as CustomerEvent) }
}

const order = (spoon: Spoon, value: number) => ({
  'joai.OpenData': {
    fields: {
      orderId: name(spoon),
      storeId: '',
      value,
      discount: 0,
      cartId: null,
      margin: null,
      lines: [],
    },
  },
})

const encoded = (schema: string, payload: string) => ({
  'joai.EncodedData': { schema, payload: Buffer.from(payload) },
})

const withBytes = (bytes: Uint8Array, ...more: readonly (Uint8Array | string)[]): Buffer =>
  Buffer.concat([bytes, ...more.map(part => Buffer.from(part as string))])

/** Makes the frame of a topic's type without a payload. */
function frameOf(schemaId: number): Buffer {
  const frame = Buffer.alloc(5)
  frame.writeUInt32BE(schemaId, 1)
  return frame
}

const without = <T extends object>(value: T, field: keyof T): Partial<T> => {
  const { [field]: _gone, ...rest } = value
  return rest as Partial<T>
}

const consent = (spoon: Spoon, change: object = {}, more: object = {}): Spoilt => ({
  topic: 'consents',
  ...json({
    eventId: `poison-${spoon.n}`,
    identifiers: [{ type: 'email_hash', value: name(spoon) }],
    source: name(spoon),
    change: {
      purpose: 'marketing',
      channel: 'email',
      status: 'withdrawn',
      lawfulBasis: 'consent',
      effectiveAt: spoon.at,
      recordedAt: spoon.at,
      ...change,
    },
    ...more,
  }),
})

const receipt = (spoon: Spoon, change: Partial<Receipt> = {}): Spoilt => ({
  topic: 'receipts',
  value: encodeValue<Receipt>(topics.receipts.types.receipt, {
    receiptId: `poison-${spoon.n}`,
    decisionId: 'of-nobody',
    personId: name(spoon),
    kind: 'bounced',
    value: 0,
    occurredAt: spoon.at,
    source: name(spoon),
    ...change,
  }),
})

const control = (spoon: Spoon, change: Partial<Control>): Spoilt => ({
  topic: 'control',
  value: encodeValue<Control>(topics.control.types.control, {
    controlId: `poison-${spoon.n}`,
    kind: 'release',
    document: '{}',
    hash: releaseHash(change.document ?? '{}'),
    ...change,
  }),
})

const absurd = [0, -1, 631_151_999_999, 8_640_000_000_000_001]

/** Lists every kind of poison: its name, the reason that its dead letter must give, and how to make it. */
const kinds: readonly (readonly [kind: string, reason: string, make: (spoon: Spoon) => Spoilt])[] = [
  ['nothing at all', 'bad-frame', () => ({ value: new Uint8Array() })],
  ['noise', 'bad-frame', spoon => ({ value: withBytes(Buffer.of(0xff, below(spoon, 256)), name(spoon)) })],
  ['a frame cut short', 'bad-frame', ({ good }) => ({ value: good.value.subarray(0, 4) })],
  ['a good record, truncated', 'bad-bytes', s => ({ ...s.good, value: s.good.value.subarray(0, -1 - below(s, 4)) })],
  [
    'a good record, and more',
    'bad-bytes',
    spoon => ({ ...spoon.good, value: withBytes(spoon.good.value, name(spoon)) }),
  ],
  [
    'an array of billions in a few bytes',
    'bad-bytes',
    ({ n }) => ({
      value: withBytes(frameOf(topics.events.types.event.schema.id), Buffer.of(2, n, 2, 65, 2, 254, 255, 255, 255, 31)),
    }),
  ],
  [
    'a tick with nothing in it',
    'bad-bytes',
    ({ good }) => ({ topic: good.topic, value: frameOf(topics.events.types.tick.schema.id) }),
  ],
  ['an unknown schema', 'unknown-schema', spoon => ({ value: withBytes(frameOf(77 + spoon.n), name(spoon)) })],
  ["another log's record", 'unknown-schema', spoon => ({ topic: 'consents', value: asAvro(spoon).value })],
  ['JSON that stops', 'bad-json', spoon => ({ value: asJson(spoon, {}).value.subarray(0, -5) })],
  [
    'bad UTF-8',
    'bad-utf8',
    s => ({ value: withBytes(Buffer.from('{"eventId":"'), name(s), Buffer.of(0xc3, 0x28), '"}') }),
  ],
  ['an unknown event type', 'unknown-type', spoon => asJson(spoon, { type: `seen_by_${name(spoon)}` })],
  ['an unknown event type in Avro', 'unknown-type', spoon => asAvro(spoon, { type: `seen_by_${name(spoon)}` })],
  [
    'a type, and the data of another',
    'type-mismatch',
    spoon => asAvro(spoon, { data: encodedData({ 'joai.PaymentFailed': { code: name(spoon) } }) }),
  ],
  [
    'the data of a version that nobody knows',
    'unknown-schema',
    spoon => asAvro(spoon, { data: encoded('0123456789abcdef', name(spoon)) }),
  ],
  [
    'data that are no Avro of their type',
    'bad-bytes',
    spoon => asAvro(spoon, { data: encoded(firstCatalog.events.get('page_viewed')!.hash, name(spoon)) }),
  ],
  ['a type, and the fields of another', 'missing-field', spoon => asAvro(spoon, { data: order(spoon, 7) })],
  ['a missing field', 'missing-field', spoon => json(without(fine(spoon), 'occurredAt'))],
  ['a missing field in the data', 'missing-field', spoon => asJson(spoon, { data: { productId: name(spoon) } })],
  ['a mistyped field', 'wrong-type', spoon => asJson(spoon, { occurredAt: name(spoon) })],
  ['a mistyped field in the data', 'wrong-type', spoon => asJson(spoon, { data: { url: [name(spoon)] } })],
  ['a null', 'null-field', spoon => asJson(spoon, { eventId: null })],
  ['a null in the data', 'null-field', spoon => asJson(spoon, { data: { url: null, productId: name(spoon) } })],
  ['a time that is absurd', 'absurd-timestamp', s => asAvro(s, { occurredAt: absurd[below(s, absurd.length)]! })],
  ['a time that lies ahead', 'absurd-timestamp', spoon => asJson(spoon, { occurredAt: spoon.at + hours(1) })],
  ['far too much JSON', 'oversize', spoon => asJson(spoon, { data: { url: name(spoon).repeat(8000) } })],
  ['far too much Avro', 'oversize', spoon => asAvro(spoon, { source: name(spoon).repeat(40_000) })],
  [
    'a nesting without end',
    'too-deep',
    spoon => ({ value: Buffer.from(`{"data":${'['.repeat(100_000)}"${name(spoon)}"${']'.repeat(100_000)}}`) }),
  ],
  [
    'a number that is none',
    'not-a-number',
    spoon => asAvro(spoon, { type: 'order_completed', data: order(spoon, NaN) }),
  ],
  [
    'a card number in a text',
    'card-number',
    spoon => asJson(spoon, { data: { url: `/pay?of=${name(spoon)}&card=4111 1111 1111 1111` } }),
  ],
  ['no event id', 'missing-event-id', spoon => asJson(spoon, { eventId: ' ' })],
  ['no identifier', 'no-identifier', spoon => asJson(spoon, { identifiers: [] })],
  [
    'a blank identifier',
    'blank-identifier',
    spoon => asJson(spoon, { identifiers: [{ type: 'email_hash', value: ' ' }] }),
  ],
  [
    'only blocked identifiers',
    'only-blocked-identifiers',
    spoon =>
      asJson(spoon, {
        identifiers: [
          { type: 'email_hash', value: 'NULL' },
          { type: 'device_id', value: 'anonymous' },
        ],
      }),
  ],
  [
    'only identifiers of unknown types',
    'unknown-identifier-type',
    spoon => asJson(spoon, { identifiers: [{ type: 'shoe_size', value: name(spoon) }] }),
  ],
  ['a consent for nothing', 'missing-purpose', spoon => consent(spoon, { purpose: '' })],
  ['a consent that is neither yes nor no', 'wrong-type', spoon => consent(spoon, { status: name(spoon) })],
  ['a consent from the future', 'absurd-timestamp', spoon => consent(spoon, { recordedAt: spoon.at + hours(1) })],
  ['a consent with a card number', 'card-number', spoon => consent(spoon, { lawfulBasis: '5555-5555-5555-4444' })],
  [
    'a consent of nobody',
    'only-blocked-identifiers',
    s => consent(s, {}, { identifiers: [{ type: 'email_hash', value: 'null' }] }),
  ],
  ['a receipt for nobody', 'missing-person-id', spoon => receipt(spoon, { personId: ' ' })],
  ['a receipt of no number', 'not-a-number', spoon => receipt(spoon, { value: Number.POSITIVE_INFINITY })],
  ['a receipt, truncated', 'bad-bytes', spoon => ({ topic: 'receipts', value: receipt(spoon).value.subarray(0, -2) })],
  ['a release that is not what it says', 'bad-release', spoon => control(spoon, { hash: 'ff' })],
  [
    'a release that is none',
    'bad-release',
    spoon => control(spoon, { document: JSON.stringify({ release: name(spoon) }) }),
  ],
  ['a stop of nothing', 'bad-stop', spoon => control(spoon, { kind: 'stop' })],
]

/** Kinds whose records are so large that a few must do. */
const fewOf = new Map([
  ['far too much JSON', 12],
  ['far too much Avro', 6],
  ['a nesting without end', 12],
])

/** Makes this number of poison records, of all kinds in turn, to be mixed with these good ones. */
export function poisons(history: readonly InputRecord[], count: number, seed = 1): Poison[] {
  const random = chance(seed)
  const made = new Map<string, number>()
  const poisons: Poison[] = []
  // A spoilt copy of somebody's consent would rightly take consent from that person.
  const copied = history.filter(({ topic }) => topic !== 'consents')
  for (let n = 0; poisons.length < count; n++) {
    const [kind, reason, make] = kinds[n % kinds.length]!
    const already = made.get(kind) ?? 0
    if (already >= (fewOf.get(kind) ?? Number.POSITIVE_INFINITY)) continue
    made.set(kind, already + 1)
    const good = copied[Math.floor(random() * copied.length)]!
    const { timestamp, key } = good
    const { topic = 'events', value } = make({ good, n, at: timestamp, random })
    poisons.push({ kind, reason, record: { topic, key, timestamp, value } })
  }
  return poisons
}

/**
 * Mixes the good records, in their order, with the poison by time. Some poison comes before the good record that it
 * imitates.
 */
export function mixed(history: readonly InputRecord[], bad: readonly Poison[]): InputRecord[] {
  const all = [
    ...history.map((record, place) => ({ record, place: 2 * place })),
    ...bad.map(({ record }, index) => {
      const place = history.findIndex(({ timestamp }) => timestamp >= record.timestamp)
      return { record, place: 2 * place + (index % 2 === 0 ? -1 : 1) }
    }),
  ]
  return all.sort((a, b) => a.record.timestamp - b.record.timestamp || a.place - b.place).map(({ record }) => record)
}
