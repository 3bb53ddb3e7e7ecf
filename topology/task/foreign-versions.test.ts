import { expect, test } from 'vitest'
import { type AvroSchema, schema } from '../../schemas/codec/schema.ts'
import { ConsentChange, CustomerEvent } from '../../schemas/generated.ts'
import type { Topic } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { headerLength, writeFrame } from '../../schemas/wire.ts'
import { consent, event } from '../../testing/api.ts'
import { decodeInput } from './decode-input.ts'
import { salvageIn } from './salvage.ts'

type Fields = { name: string; type: any; default?: unknown }[]

/** Writes a record of a topic by a version of its schema in which a producer has changed something. */
function written(topic: Topic, name: string, change: (fields: Fields) => void, value: object): Uint8Array {
  const ours = topic.types[name]!.schema
  const json = JSON.parse(ours.json)
  change(json.fields)
  const theirs = schema<object>(json as AvroSchema)
  const bytes = theirs.encode(value, headerLength)
  writeFrame(bytes, ours.alsoRead(theirs.json))
  return bytes
}

const field = (fields: Fields, name: string) => fields.find(one => one.name === name)!
const viewed = CustomerEvent.decode(event('page_viewed', { productId: 'tea' }).value, CustomerEvent.id, headerLength)
const [eventName] = Object.entries(topics.events.types).find(([, { schema }]) => schema === CustomerEvent)!
const [consentName] = Object.entries(topics.consents.types).find(([, { schema }]) => schema === ConsentChange)!

test('an event of a producer with an optional source, or with a record for each kind of event, is read', () => {
  const optional = (fields: Fields) => {
    field(fields, 'source').type = ['null', 'string']
    delete field(fields, 'source').default
  }
  const more = (fields: Fields) => {
    const sung = { type: 'record', name: 'Sung', namespace: 'joai', fields: [{ name: 'song', type: 'string' }] }
    field(fields, 'data').type = [sung, ...field(fields, 'data').type]
  }
  const sung = { ...viewed, data: { 'joai.Sung': { song: 'la' } } }
  for (const [change, given, read] of [
    [optional, { ...viewed, source: 'web' }, { ...viewed, source: 'web' }],
    [more, viewed, viewed],
    [more, sung, { ...viewed, data: { 'joai.OpenData': { fields: { song: 'la' } } } }],
  ] as const) {
    const { value } = decodeInput(topics.events, written(topics.events, eventName, change, given))
    expect(value).toEqual(CustomerEvent.decode(CustomerEvent.encode(read)))
  }

  const bytes = written(topics.events, eventName, optional, { ...viewed, source: null })
  expect(() => decodeInput(topics.events, bytes)).toThrow(
    expect.objectContaining({ reason: 'unresolvable-value' }) as Error,
  )
})

test('a consent that holds a value of another version is a no for the person that it names', () => {
  const change = (fields: Fields) => {
    fields.unshift({ name: 'tenant', type: ['null', 'string'] })
    field(fields, 'source').type = ['null', 'string']
    delete field(fields, 'source').default
  }
  const given = ConsentChange.decode(consent({ status: 'withdrawn' }).value, ConsentChange.id, headerLength)
  const bytes = written(topics.consents, consentName, change, { ...given, tenant: 't', source: null })
  expect(() => decodeInput(topics.consents, bytes)).toThrow(/source: a value of type null/)
  expect(salvageIn(topics.consents, bytes)).toMatchObject({ value: { identifiers: given.identifiers, purpose: '' } })
})
