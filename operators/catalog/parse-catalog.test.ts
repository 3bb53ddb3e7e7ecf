import { describe, expect, test } from 'vitest'
import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import { catalogOf } from '../../schemas/catalog/catalog.ts'
import { buildValue } from '../../schemas/json/build-value.ts'
import { parseCatalog, type ReadOther } from './parse-catalog.ts'

const text = `catalog: bank
version: 1
events:
  fraud_suspected:
    doc: Somebody may be using a card that is not theirs.
    fields:
      amount: { type: number, required: true, doc: In euros. }
      country: text
      merchant: { type: text, was: [shop] }
      cardNumber: { type: text, card: true }
      attempts: { type: whole, default: 1 }
      isAbroad: flag
      at: time
      due: date
      devices: { type: list, of: { type: record, fields: { id: { type: text, required: true }, trusted: flag } } }
      notes: { type: list, of: text, default: [] }
  loan_granted: { avro: loan.avsc }
  visit_booked: { jsonSchema: visit.json }
identifiers:
  customer_no: {}
  email: { fold: email, personal: true }
purposes: [service, marketing, care]
channels: [email, sms, push, letter]
placements: [home]
classes: { health: { purposes: [care] } }
`
const files: Readonly<Record<string, string>> = {
  'loan.avsc': `{ "type": "record", "name": "LoanGranted", "namespace": "bank", "fields": [
    { "name": "sum", "type": "double" },
    { "name": "rate", "type": ["null", "double"], "default": null },
    { "name": "kind", "type": { "type": "enum", "name": "Kind", "symbols": ["house", "car"] } } ] }`,
  'visit.json': `{ "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["branch"],
    "properties": {
      "branch": { "$ref": "#/$defs/branch" },
      "from": { "type": "string", "format": "date-time" },
      "guests": { "type": ["integer", "null"] },
      "topics": { "type": "array", "items": { "type": "string" } } },
    "$defs": { "branch": { "type": "object", "required": ["city"], "properties": { "city": { "type": "string" } } } } }`,
}
const readOther: ReadOther = path => {
  const found = files[path]
  return found === undefined ? `there is no file '${path}'` : { text: found }
}
const parsed = (changed = text, more: Readonly<Record<string, string>> = {}) =>
  parseCatalog(changed, 'bank.catalog.yaml', path =>
    more[path] === undefined ? readOther(path) : { text: more[path] },
  )

describe('a catalog', () => {
  const { declaration, problems } = parsed()
  const catalog = catalogOf(declaration!, builtInEvents)
  const built = (name: string, json: unknown) =>
    JSON.parse(JSON.stringify(buildValue(catalog.events.get(name)!.schema.type, json, 'data')))

  test('declares event types by fields, by an Avro schema and by a JSON Schema', () => {
    expect(problems).toEqual([])
    expect(Object.keys(declaration!.events)).toEqual(['fraud_suspected', 'loan_granted', 'visit_booked'])
    expect(declaration).toMatchObject({
      identifiers: { customer_no: {}, email: { fold: 'email' } },
      purposes: ['service', 'marketing', 'care'],
      channels: ['email', 'sms', 'push', 'letter'],
      placements: ['home'],
      classes: { health: { purposes: ['care'] } },
    })
  })

  test('reads events by them: what is not given is absent, or its default', () => {
    const given = { amount: 12, at: '2026-12-01T10:00:00Z', devices: [{ id: 'a' }] }
    expect(built('fraud_suspected', given)).toEqual({
      ...{ amount: 12, country: null, merchant: null, cardNumber: null, attempts: 1, isAbroad: null },
      ...{ at: Date.UTC(2026, 11, 1, 10), due: null, devices: [{ id: 'a', trusted: null }], notes: [] },
    })
    expect(built('loan_granted', { sum: 9, kind: 'Car' })).toEqual({ sum: 9, rate: null, kind: 'car' })
    expect(built('visit_booked', { branch: { city: 'Ulm' }, guests: 2 })).toEqual({
      ...{ branch: { city: 'Ulm' }, from: null, guests: 2, topics: null },
    })
    expect(() => built('fraud_suspected', { country: 'DE' })).toThrow('data.amount is missing')
    expect(() => built('visit_booked', {})).toThrow('data.branch is missing')
  })

  test('knows the times of its types, the earlier names of fields and their classes', () => {
    expect(catalog.events.get('fraud_suspected')!.times).toEqual([['at']])
    expect(catalog.events.get('visit_booked')!.times).toEqual([['from']])
    expect(
      (declaration!.events.fraud_suspected as any).fields.filter((field: any) => field.aliases || field.classes),
    ).toEqual([
      expect.objectContaining({ name: 'merchant', aliases: ['shop'] }),
      expect.objectContaining({ name: 'cardNumber', classes: ['card'] }),
    ])
  })
})

test.each([
  ['country: text', 'country: txt', "8:16 'txt' is no type of a field; write 'text'"],
  ['country: text', 'country: { type: list }', "8:16 a list needs 'of'; add 'of:', the type of its elements"],
  ['country: text', 'country: { type: text, of: text }', "8:34 a text has no 'of'; remove it, or write type: list"],
  [
    'country: text',
    'type: text',
    "8:7 'type' can't be the name of a field: rules mean something else by it; write 'type_1'",
  ],
  ['country: text', 'in: text', "8:7 'in' can't be the name of a field: rules mean something else by it; write 'in_1'"],
  [
    'was: [shop]',
    'was: [country]',
    "7:7 'country' is the name of two fields, now or before; give each name to one field",
  ],
  ['default: 1 }', 'default: 1.5 }', "11:41 the default of 'attempts' is no whole; write a whole"],
  [
    'type: whole, default: 1',
    'type: whole, required: true, default: 1',
    "11:57 'attempts' is required and has a default; remove 'required' or 'default'",
  ],
  [
    '  loan_granted:',
    '  Loan-granted:',
    "17:3 'Loan-granted' can't be a name in 'events'; write a name of at most 64 small letters, digits and _, that begins with a letter, such as loan_granted",
  ],
  [
    '  loan_granted:',
    '  exposure:',
    "17:3 'exposure' can't be declared: it is built in; write another name, such as 'exposure_2'",
  ],
  [
    'loan.avsc }',
    'lone.avsc }',
    "17:25 there is no file 'lone.avsc'; write the path of a file, from the folder of this one",
  ],
  [
    '{ avro: loan.avsc }',
    '{ avro: loan.avsc, jsonSchema: visit.json }',
    "17:17 'loan_granted' must have one of 'fields', 'avro' and 'jsonSchema'; write 'fields: {}' if it has none",
  ],
  [
    '{ avro: loan.avsc }',
    '{}',
    "17:17 'loan_granted' must have one of 'fields', 'avro' and 'jsonSchema'; write 'fields: {}' if it has none",
  ],
  ['fold: email', 'fold: mail', "21:18 'mail' can't stand in 'fold'; write 'email'"],
  [
    '[service, marketing, care]',
    '[service, service]',
    "22:21 purpose 'service' is there twice; rename one, for instance 'service_2'",
  ],
  [
    '[email, sms, push, letter]',
    '[email, none]',
    "23:19 'none' can't be a channel: decisions name silence by it; rename it",
  ],
  ['[email, sms, push, letter]', '[e-mail, "a b"]', "23:20 'a b' can't stand in 'channels'"],
  ['purposes: [care] }', 'purposes: [cure] }', "25:33 purpose 'cure' is not known; write 'care'"],
  ['version: 1', 'version: 0', "2:10 '0' can't stand in 'version'; write a whole number from 1 to 1000000"],
  ['version: 1', 'version: 1\nchannel: []', "3:1 'channel' is not known in a catalog"],
  ['catalog: bank', 'catalog: bank\ncatalog: bank', '2:1 Map keys must be unique'],
  ['country: text', 'country: *nothing', '8:16 '],
])('a fault is told with its place and what to write instead: %s as %s', (from, to, expected) => {
  const { declaration, problems } = parsed(text.replace(from, to))
  const told = problems.map(({ line, column, message, remedy }) => `${line}:${column} ${message}; ${remedy}`)
  expect(declaration).toBeNull()
  expect(
    told.filter(one => one.startsWith(expected)),
    told.join('\n'),
  ).toHaveLength(1)
})

const avro = (fields: string) => ({ 'loan.avsc': `{"type":"record","name":"L",\n"fields":[${fields}]}` })
test.each([
  ['{"name":"a","type":["null","string","int"]}', '2:30 a union of several types'],
  ['{"name":"a","type":"bytes"}', "2:30 'bytes' can't be the type of a field"],
  ['{"name":"a","type":"Other"}', "2:30 there is no type 'Other' before it"],
  ['{"name":"a","type":["null","L"]}', "2:38 the record 'L' holds itself"],
  ['{"name":"a","type":{"type":"fixed","name":"F","size":2}}', "2:30 'fixed' can't be the type of a field"],
  ['{"name":"a","type":"string","default":1}', '1:1 this is no Avro schema'],
])('what can not be read of an Avro schema is told with its place there: %s', (fields, expected) => {
  const { declaration, problems } = parsed(text, avro(fields))
  const told = problems.map(({ file, line, column, message }) => `${file} ${line}:${column} ${message}`)
  expect(declaration).toBeNull()
  expect(
    told.filter(one => one.startsWith(`loan.avsc ${expected}`)),
    told.join('\n'),
  ).toHaveLength(1)
})

const json = (part: string) => ({ 'visit.json': `{"type":"object",\n"properties":{"a":${part}}}` })
test.each([
  ['{"oneOf":[{"type":"string"}]}', "2:28 'oneOf' of a JSON Schema is not understood"],
  ['{"type":["string","integer"]}', '2:27 several types'],
  ['{"$ref":"#/$defs/b"}', "2:27 '#/$defs/b' leads nowhere in this file"],
  ['{"$ref":"other.json#/b"}', "2:27 'other.json#/b' leads nowhere in this file"],
  ['{"$ref":"#/properties/a"}', "2:27 '#/properties/a' holds itself"],
  ['{}', '2:19 this says no type'],
  ['{"type":"null"}', '2:19 this says no type'],
])('what can not be read of a JSON Schema is told with its place there: %s', (part, expected) => {
  const { declaration, problems } = parsed(text, json(part))
  const told = problems.map(({ file, line, column, message }) => `${file} ${line}:${column} ${message}`)
  expect(declaration).toBeNull()
  expect(
    told.filter(one => one.startsWith(`visit.json ${expected}`)),
    told.join('\n'),
  ).toHaveLength(1)
})

test('a record that holds itself by a detour ends', () => {
  const round = '{"type":"object","properties":{"b":{"$ref":"#/properties/a"}}}'
  expect(parsed(text, json(round)).problems[0]!.message).toBe("'#/properties/a' holds itself")
})
