import { describe, expect, test } from 'vitest'
import type { ReferenceRow } from '../../../schemas/generated.ts'
import { hours } from '../../../schemas/record.ts'
import { feature, releaseRow, ruleScope } from '../../test/fixtures.ts'
import { parseRelease } from '../file/parse.ts'
import { rulesOf } from '../rules/rules.ts'
import { compiled } from './compiled-release.ts'
import { joinedFor, neverHours } from './reference-joins.ts'

const reference = [
  {
    ...{ name: 'product', kind: 'product', key: 'features.last_sku' },
    attributes: [
      { name: 'onHand', type: 'number' },
      { name: 'colour', type: 'text' },
    ],
  },
  {
    ...{ name: 'viewed', kind: 'product', key: 'event.productId' },
    attributes: [{ name: 'onHand', type: 'number' }],
  },
  { ...{ name: 'cell', kind: 'cell', key: "'7'" }, attributes: [{ name: 'incidentAt', type: 'hours-since' }] },
] as const
const features = [feature({ name: 'last_sku', kind: 'last', event: 'product_added', field: 'sku', type: 'text' })]
const release = { features, triggers: ['page_viewed'], reference } as const
const active = compiled(releaseRow(release))!
const now = Date.UTC(2024, 3, 8)

const row = (attributes: Readonly<Record<string, number | string>>): ReferenceRow => ({
  attributes: Object.entries(attributes).map(([name, value]) =>
    typeof value === 'number' ? { name, number: value, text: null } : { name, number: null, text: value },
  ),
  at: now,
  origin: { topic: 'reference', partition: 0, offset: 4 },
})
const known: Readonly<Record<string, ReferenceRow>> = {
  'product/tea': row({ onHand: 3, colour: 'green' }),
  'product/jam': row({ onHand: 0 }),
  'cell/7': row({ incidentAt: now - hours(6), severity: 2 }),
}

function seen(productId: string | null, things = known) {
  const event = active.eventPart('page_viewed', { url: '/', productId })
  const scope = ruleScope({ event, features: { last_sku: 'tea' } })
  const { reads, part } = joinedFor(active.joins, scope, key => things[key], now)
  return { reads, scope: { ...scope, reference: part } }
}

describe('a rule asks for', () => {
  const language = rulesOf(release)
  test.each([
    ['reference.product.onHand > 0', true],
    ["reference.product.onHand < 5 && reference.product.colour == 'green'", true],
    ['reference.viewed.known && reference.viewed.onHand == 0', true],
    ['reference.cell.incidentAt <= 24', true],
    ['reference.cell.incidentAt < 6', false],
  ])('%s', (rule, answer) => {
    expect(language.test(rule)(seen('jam').scope)).toBe(answer)
  })

  test('something unknown, and finds zeros, empty texts and a hundred years', () => {
    const { scope, reads } = seen(null, {})
    const rule = "!reference.viewed.known && reference.product.onHand == 0 && reference.product.colour == ''"
    expect(language.test(rule)(scope)).toBe(true)
    expect(language.number('reference.cell.incidentAt')(scope)).toBe(neverHours)
    expect(reads.map(({ key, record }) => `${key} ${record?.offset}`)).toEqual([
      'product/tea undefined',
      ' undefined',
      'cell/7 undefined',
    ])
  })
})

test('a decision records the key, the served values, and the record of the last change', () => {
  expect(seen('jam').reads[1]).toEqual({
    name: 'viewed',
    key: 'product/jam',
    values: [{ name: 'onHand', number: 0, text: null }],
    record: { topic: 'reference', partition: 0, offset: 4 },
  })
})

describe('lint refuses', () => {
  const file = (join: string, rule: string) => `release: shop
version: 1
person: { jurisdiction: US, country: US }
identifiers: { types: [{ type: customer_id, priority: 1, limit: 1 }] }
consent: { regimes: {} }
triggers: [page_viewed]
reference:
  - ${join}
actions:
  - id: tea
    treatments: [push]
    value: 1
    eligibility:
      - { id: stocked, when: '${rule}' }
`
  const good = '{ name: product, key: event.productId, attributes: { onHand: number } }'
  const said = (join: string, rule: string) =>
    parseRelease(file(join, rule), 'r.yaml').problems.map(
      ({ line, column, message, remedy }) => `${line}:${column} ${message}; ${remedy}`,
    )

  test('nothing of a rule that asks for what is declared', () => {
    expect(said(good, 'reference.product.onHand > 0')).toEqual([])
  })

  test.each([
    [good, 'reference.product.onHnd > 0', "14:49 'onHnd' is not in product; write 'onHand'"],
    [good, 'reference.produkt.onHand > 0', "14:41 'produkt' is not in reference; write 'product'"],
    [
      '{ name: product, key: event.produtId, attributes: { onHand: number } }',
      'reference.product.known',
      "8:33 'produtId' is not in event; write 'productId'",
    ],
    [
      '{ name: product, key: "1 > 2", attributes: { onHand: number } }',
      'reference.product.known',
      "8:28 this is a bool, not a string; write a text, such as 'features.last_sku'",
    ],
    [
      '{ name: product, key: event.productId, attributes: { known: number } }',
      'true',
      "8:58 'known' says whether there is such a thing; rename it",
    ],
    [
      '{ name: product, key: event.productId, attributes: { onHand: count } }',
      'reference.product.known',
      "8:66 'count' can't stand in 'onHand'; write one of: number, text, hours-since",
    ],
  ])('%s with %s', (join, rule, problem) => {
    expect(said(join, rule)).toEqual([problem])
  })
})
