import { decisionIdOfEvent } from '../../operators/hashing/ids.ts'
import { personOf, tokens } from '../../operators/identity/tokens.ts'
import { type Chance, pick } from '../../operators/release/test/chance.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { days, minutes, type Time } from '../../schemas/record.ts'
import { purposes } from '../../schemas/words.ts'

const { channels } = firstCatalog.declaration

/** A record as JSON, before it is spoilt. */
type Draft = Record<string, unknown>

const line = { productId: 'p', category: 'CHEESE', quantity: 1, value: 4, discount: 0 }
const customers = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5']

/** Texts, numbers, lists and times that some systems send, and at the ends of what comes in. */
const oddTexts = [
  '',
  ' ',
  'null',
  'constructor',
  '__proto__',
  `${'a'.repeat(54)}!`,
  'a'.repeat(1000),
  '😀',
  'e\u0301',
  'İ',
  '\u0000',
  '\u202e',
  '9'.repeat(40),
]
const oddNumbers = [0, -0, -1, 5, 1e-300, 1e9, -1e9, 2 ** 53, -(2 ** 53) - 2, 1.7e308, -1.7e308, 5e-324, 0.1 + 0.2]
const oddLists = [0, 1, 2, 400, 500, 501].map(length => Array(length).fill(line))
/** Stands for a number of JSON that no double holds. */
const beyondDoubles = 'beyond doubles'
const oddValues = [null, true, '', '5', 5, [], {}, [null], { length: 3 }, beyondDoubles, '\ud800', -0]

const timesAround = (at: Time): readonly unknown[] => [
  at,
  at - minutes(3),
  at - days(400),
  at + minutes(5),
  at + minutes(5) + 1,
  at + days(3653),
  at + days(3653) + 1,
  631_152_000_000,
  631_151_999_999,
  -1,
  new Date(at).toISOString(),
  '2024-02-30T00:00:00Z',
  '2024-05-06',
  String(at),
]

/** The data of each type of event, at its edges. */
const dataOf: Readonly<Record<string, (chance: Chance, at: Time) => Draft>> = {
  order_completed: chance => ({
    orderId: pick(chance, oddTexts),
    storeId: pick(chance, ['s1', '', 's2']),
    value: pick(chance, oddNumbers),
    discount: pick(chance, oddNumbers),
    ...(chance() < 0.3 ? { margin: pick(chance, oddNumbers) } : {}),
    lines: pick(chance, oddLists),
  }),
  page_viewed: chance => ({
    url: pick(chance, [...oddTexts, 'u'.repeat(32_768), 'u'.repeat(32_769)]),
    productId: null,
  }),
  exposure: (chance, at) => ({
    actionId: pick(chance, ['a0', 'a1', 'other']),
    channel: pick(chance, [...channels, 'fax']),
    until: pick(chance, timesAround(at)),
  }),
  redemption: chance => ({ actionId: pick(chance, ['a0', 'a1']), couponId: 'k', value: pick(chance, oddNumbers) }),
  profile_changed: chance => ({
    timeZone: pick(chance, ['Europe/Berlin', 'Mars/Base', '', null, 'UTC', ' europe/berlin ']),
    jurisdiction: pick(chance, ['US', 'EU', 'eu', 'XX', '', null]),
  }),
  identity_linked: chance => ({ reason: pick(chance, oddTexts) }),
  no_such_event: () => ({}),
}

/** Types by how often they come: what triggers decisions, most of all. */
const types = [...Array(6).fill('order_completed'), ...Object.keys(dataOf)] as readonly string[]

function identifiers(chance: Chance, count: number): readonly Draft[] {
  const one = () =>
    chance() < 0.8
      ? { type: 'customer_id', value: pick(chance, customers) }
      : {
          type: pick(chance, ['device_id', 'phone', 'customer_id', 'nothing', '']),
          value: pick(chance, [...oddTexts, 'd1', 'd2', '+12025550101']),
        }
  return Array.from({ length: count }, one)
}

function event(chance: Chance, at: Time, n: number): Draft {
  const type = pick(chance, types)
  const count = chance() < 0.05 ? pick(chance, [0, 32, 33]) : type === 'identity_linked' || chance() < 0.1 ? 2 : 1
  return {
    eventId: chance() < 0.9 ? `e${n}` : pick(chance, [...oddTexts, 'e'.repeat(200), 'e'.repeat(201), 'e1']),
    type,
    occurredAt: chance() < 0.7 ? at : pick(chance, timesAround(at)),
    identifiers: identifiers(chance, count),
    source: pick(chance, ['', 'shop', 'constructor']),
    data: dataOf[type]!(chance, at),
  }
}

const consent = (chance: Chance, at: Time, n: number): Draft => ({
  eventId: `c${n}`,
  identifiers: identifiers(chance, 1),
  change: {
    purpose: pick(chance, [...purposes, 'Marketing ', 'newsletter', '']),
    channel: pick(chance, [null, '', ...channels, 'EMAIL', 'fax']),
    status: pick(chance, ['granted', 'withdrawn', 'Granted', 'maybe']),
    lawfulBasis: pick(chance, ['consent', ...oddTexts]),
    jurisdiction: pick(chance, ['US', 'EU', '']),
    wordingVersion: '1',
    effectiveAt: pick(chance, timesAround(at)),
    recordedAt: chance() < 0.8 ? at : pick(chance, timesAround(at)),
  },
})

/** A receipt of what may have been sent for an order before it. */
function receipt(chance: Chance, at: Time, n: number, { personOfCustomer, decisionOf }: Known): Draft {
  const customer = pick(chance, customers)
  return {
    receiptId: `r${n}`,
    decisionId: chance() < 0.8 ? (decisionOf() ?? 'none') : pick(chance, oddTexts),
    personId: chance() < 0.9 ? personOfCustomer(customer) : pick(chance, oddTexts),
    kind: pick(chance, [
      'delivered',
      'bounced',
      'opened',
      'converted',
      'complained',
      'unsubscribed',
      'ignored',
      'rejected',
      'lost',
    ]),
    value: pick(chance, oddNumbers),
    occurredAt: chance() < 0.8 ? at : pick(chance, timesAround(at)),
    source: '',
  }
}

const change = (chance: Chance, at: Time, n: number): Draft => ({
  changeId: `x${n}`,
  type: 'reference_set',
  occurredAt: at,
  source: '',
  data: {
    key: pick(chance, ['thing/fixed', 'thing/', 'thing', `thing/${'a'.repeat(54)}!`]),
    attributes: [
      { name: 'price', number: pick(chance, oddNumbers), text: null },
      { name: 'title', number: null, text: pick(chance, oddTexts) },
    ],
  },
})

interface Known {
  personOfCustomer(customer: string): string
  decisionOf(): string | null
}

/** Spoils a record in one place: takes a field away, or gives it a value that may be of another type. */
function spoilt(draft: Draft, chance: Chance): Draft {
  const copy = structuredClone(draft)
  let at: Record<string, unknown> = copy
  for (;;) {
    const keys = Object.keys(at)
    if (keys.length === 0) return copy
    const key = pick(chance, keys)
    const inner = at[key]
    if (typeof inner === 'object' && inner !== null && chance() < 0.7) {
      at = inner as Record<string, unknown>
      continue
    }
    if (chance() < 0.3) delete at[key]
    else at[key] = pick(chance, oddValues)
    return copy
  }
}

const kinds = { events: event, consents: consent, receipts: receipt, reference: change } as const
type Topic = keyof typeof kinds
const topicsByShare: readonly Topic[] = [
  ...Array(5).fill('events'),
  'events',
  'consents',
  'consents',
  'receipts',
  'receipts',
  'reference',
]

const garbage = ['{', '{"type":', '[]', '\u0000\u0000', '{"a":'.repeat(40), '\ufeff{}', 'null', '']

/** For tests: makes records that a seed of chance fixes; \`secret\` is the topology's. About a third of them is unusable. */
export function recordsOf(secret: string): (chance: Chance, at: Time) => InputRecord {
  const token = tokens(secret)
  const personOfCustomer = (value: string): string => personOf(token({ type: 'customer_id', value }).token)
  let count = 0
  let latest: string | null = null
  return (chance, at) => {
    const n = count++
    const topic = pick(chance, topicsByShare)
    const plain = kinds[topic](chance, at, n, { personOfCustomer, decisionOf: () => latest })
    if (topic === 'events' && plain.type === 'order_completed') latest = decisionOf(plain, at)
    const draft = chance() < 0.25 ? spoilt(plain, chance) : plain
    const text =
      chance() < 0.02 ? pick(chance, garbage) : JSON.stringify(draft).replaceAll(`"${beyondDoubles}"`, '1e400')
    return { topic, key: pick(chance, ['', `k${n}`]), timestamp: at, value: Buffer.from(text) }
  }

  function decisionOf({ type, source, eventId, identifiers: given }: Draft, at: Time): string {
    const identifiedBy = (given as { readonly type: string; readonly value: string }[])
      .map(one => token(one).token)
      .join(' ')
    return decisionIdOfEvent({ type, source, eventId, identifiedBy, personId: '' } as never, at)
  }
}
