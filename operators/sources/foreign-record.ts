import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { SourceFormat } from '../../schemas/catalog/source-declaration.ts'
import type { ForeignRecord } from '../../schemas/generated.ts'
import { readJson } from '../../schemas/json/json-input.ts'
import { parseTime } from '../../schemas/json/json-time.ts'
import type { Time } from '../../schemas/record.ts'
import { BadRecord, isFramed } from '../../schemas/wire.ts'
import type { SourceScope } from './source-language.ts'

/** A record, and the time at which it was received. */
interface Received extends ForeignRecord {
  readonly receivedAt: Time
}

/** Reads a record into what expressions can name; null for one that carries nothing. Throws BadRecord. */
type Reader = (record: Received) => SourceScope | null

type Fields = Readonly<Record<string, unknown>>

const readers: Readonly<Record<SourceFormat, Reader>> = {
  json: record => (record.value === null ? null : scopeOf(record, readExactly(record.value))),
  // The connector has decoded it by the schema of its writer.
  avro: record => (record.value === null ? null : scopeOf(record, readExactly(record.value))),
  debezium: readChange,
  cloudevents: readCloudEvent,
}

/** Reads a record of a source of this format. */
export const readForeign = (format: SourceFormat, record: ForeignRecord, receivedAt: Time): SourceScope | null =>
  readers[format]({ ...record, receivedAt })

const scopeOf = ({ key, headers, receivedAt }: Received, value: unknown, more: Fields = {}): SourceScope => ({
  record: value,
  key: keyOf(key),
  headers,
  time: receivedAt,
  ...more,
})

/** A key is often JSON of its own. */
function keyOf(key: string): unknown {
  if (!key.startsWith('{')) return key
  try {
    return readJson(utf8ToBytes(key))
  } catch {
    return key
  }
}

/** Reads JSON, and refuses numbers that have lost digits: two ids would become one. */
function readExactly(bytes: Uint8Array): unknown {
  if (isFramed(bytes)) throw new BadRecord('unmappable', 'it is Avro that is not of the schema which it names')
  const value = readJson(bytes)
  assertExact(value, 'record')
  return value
}

function assertExact(value: unknown, path: string): void {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new BadRecord('unmappable', `${path} is a whole number beyond 2^53, which must come as text`)
  if (typeof value !== 'object' || value === null) return
  for (const [name, one] of Object.entries(value))
    assertExact(one, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`)
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads a change event of Debezium, with or without its schema; a tombstone carries nothing that its delete did not. */
function readChange(record: Received): SourceScope | null {
  if (record.value === null) return null
  const read = readExactly(record.value)
  const change = isFields(read) && isFields(read.payload) && 'op' in read.payload ? read.payload : read
  if (!isFields(change) || typeof change.op !== 'string')
    throw new BadRecord('unmappable', "it has no 'op': it is no change event of Debezium")
  const { op, before = null, after = null } = change
  return scopeOf(record, change, { op, before, after })
}

const attributesNeeded = ['id', 'source', 'type'] as const
const attributeName = /^[a-z0-9]+$/
/** Characters of a reference by URI (RFC 3986). */
const reference = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/

/** Checks the attributes that may be there as the specification asks for them (CloudEvents 1.0.2, "Context Attributes"). */
function assertAttributes(given: Fields): void {
  const refuse = (name: string, why: string) => new BadRecord('unmappable', `its attribute '${name}' ${why}`)
  for (const [name, value] of Object.entries(given)) {
    // A name could be a value.
    if (!attributeName.test(name)) throw new BadRecord('unmappable', 'an attribute has other letters than a-z and 0-9')
    if (typeof value === 'object' && value !== null) throw refuse(name, 'is no text, number or flag')
  }
  const { time = null } = given
  if (time !== null && typeof parseTime(time) !== 'number') throw refuse('time', 'is no time of RFC 3339')
  if (typeof time === 'number') throw refuse('time', 'is no time of RFC 3339')
  for (const name of ['source', 'dataschema'])
    if (typeof given[name] === 'string' && !reference.test(given[name])) throw refuse(name, 'is no URI')
  for (const name of ['subject', 'datacontenttype']) if (given[name] === '') throw refuse(name, 'is empty')
}

const structured = /^application\/cloudevents\+json\b/i

/** Reads a CloudEvent, binary (its attributes in headers) or structured (all in the value). */
function readCloudEvent(record: Received): SourceScope | null {
  const headers = Object.fromEntries(Object.entries(record.headers).map(([name, text]) => [name.toLowerCase(), text]))
  const isBinary = headers.ce_specversion !== undefined && !structured.test(headers['content-type'] ?? '')
  // An event may consist of its attributes alone.
  if (record.value === null && !isBinary) return null
  const read = record.value === null ? null : readExactly(record.value)
  if (!isBinary && !isFields(read)) throw new BadRecord('unmappable', 'it is no CloudEvent')
  const { data = null, data_base64: bytes, ...others } = isBinary ? { data: read } : (read as Fields)
  if (bytes !== undefined) throw new BadRecord('unmappable', "'data_base64' can't be read: send the data as JSON")
  const given: Fields = isBinary
    ? Object.fromEntries(
        Object.entries(headers).flatMap(([name, text]) => (name.startsWith('ce_') ? [[name.slice(3), text]] : [])),
      )
    : others
  if (given.specversion !== '1.0') throw new BadRecord('unmappable', "its 'specversion' is not 1.0")
  for (const name of attributesNeeded)
    if (typeof given[name] !== 'string' || given[name] === '')
      throw new BadRecord('unmappable', `its attribute '${name}' is missing or empty`)
  assertAttributes(given)
  const ce = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  )
  return scopeOf(record, data, { ce })
}
