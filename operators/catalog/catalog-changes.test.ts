import { expect, test } from 'vitest'
import { catalogChanges } from './catalog-changes.ts'
import { parseCatalog } from './parse-catalog.ts'

const text = `catalog: bank
version: 1
events:
  payment_made:
    fields:
      amount: { type: number, required: true }
      pieces: whole
      note: { type: text, personal: true }
      lines: { type: list, of: { type: record, fields: { sku: { type: text, required: true } } } }
  account_closed: { fields: {} }
identifiers: { customer_no: {}, email: { fold: email } }
purposes: [service, marketing]
channels: [email, sms]
placements: [home]
sources:
  payments:
    from: { topic: core.payments, format: json }
    to: events
    id: record.id
    type: account_closed
    identifiers: { customer_no: record.c }
    data: {}
`
const read = (yaml: string) => {
  const { declaration, problems } = parseCatalog(yaml, 'bank.catalog.yaml', () => 'none')
  expect(problems).toEqual([])
  return declaration!
}
const changed = (from: string, to: string) =>
  catalogChanges(read(text), read(text.replace(from, to))).map(
    ({ name, words, needs }) => `${needs === null ? 'fits' : 'needs'}: ${name} ${words}`,
  )

test('an unchanged catalog has no changes, however it is laid out', () => {
  expect(changed('version: 1', 'version: 2')).toEqual([])
  expect(changed('pieces: whole', 'pieces: { type: whole, doc: How many. }')).toEqual([])
})

test.each([
  ['pieces: whole', 'pieces: whole\n      country: text', ['fits: events.payment_made.country is new']],
  [
    'pieces: whole',
    'pieces: whole\n      country: { type: text, default: DE }',
    ['fits: events.payment_made.country is new'],
  ],
  [
    'pieces: whole',
    'pieces: whole\n      country: { type: text, required: true }',
    ['needs: events.payment_made.country is new and required'],
  ],
  ['      pieces: whole\n', '', ['fits: events.payment_made.pieces is removed']],
  [
    '      amount: { type: number, required: true }\n',
    '',
    ['needs: events.payment_made.amount is removed and was required'],
  ],
  ['amount: {', 'sum: { was: [amount],', ["fits: events.payment_made.sum was 'amount'"]],
  ['pieces: whole', 'pieces: number', ['fits: events.payment_made.pieces becomes double']],
  ['pieces: whole', 'pieces: text', ['needs: events.payment_made.pieces was long and becomes string']],
  ['pieces: whole', 'pieces: time', ['needs: events.payment_made.pieces was long and becomes timestamp-millis']],
  ['pieces: whole', 'pieces: { type: whole, required: true }', ['needs: events.payment_made.pieces becomes required']],
  ['type: number, required: true', 'type: number', ['fits: events.payment_made.amount becomes optional']],
  ['{ type: text, personal: true }', 'text', ['needs: events.payment_made.note is no longer personal']],
  [
    '{ type: text, personal: true }',
    '{ type: text, personal: true, health: true }',
    ['fits: events.payment_made.note becomes health'],
  ],
  [
    'sku: { type: text',
    'id: { type: text',
    [
      'needs: events.payment_made.lines.id is new and required',
      'needs: events.payment_made.lines.sku is removed and was required',
    ],
  ],
  [
    '  account_closed: { fields: {} }',
    '  account_closed: { fields: {} }\n  account_opened: { fields: {} }',
    ['fits: events.account_opened is new'],
  ],
  ['{ fold: email }', '{}', ['needs: identifiers.email was folded as email and becomes as it stands']],
  [', email: { fold: email }', '', ['needs: identifiers.email is removed']],
  ['[service, marketing]', '[service]', ['needs: purposes.marketing is removed']],
  ['[email, sms]', '[email, push]', ['needs: channels.sms is removed', 'fits: channels.push is new']],
  ['placements: [home]', 'placements: [start]', ['needs: placements.home is removed', 'fits: placements.start is new']],
  ['id: record.id', 'id: record.no', ['fits: sources.payments maps otherwise']],
])('each change says whether it fits: %s as %s', (from, to, expected) => {
  expect(changed(from, to)).toEqual(expected)
})

test('a type that is removed is told, and so is what to do instead', () => {
  const without = read(text.replace('  payment_made:', '  payments_made:'))
  expect(catalogChanges(read(text), without)[0]).toEqual({
    name: 'events.payment_made',
    words: 'is removed',
    needs: 'its events would be dead letters: keep it until nothing sends it and no release names it',
  })
})
