import { sourceFormats, sourceTargets } from '../../schemas/catalog/source-declaration.ts'
import { expressionLengthMax } from '../release/file/release-bounds.ts'
import { cel, type FileShape, flagShape, list, name, object, oneOf, record, textShape } from '../release/file/shapes.ts'
import { identifierFoldings } from '../words/identifier-folding.ts'
import { fieldTypes } from './field-types.ts'

const typeName: FileShape = {
  type: 'string',
  pattern: '^[a-z][a-z0-9_]{0,63}$',
  remedy: 'write a name of at most 64 small letters, digits and _, that begins with a letter, such as loan_granted',
}
const channelName: FileShape = {
  type: 'string',
  pattern: '^[a-z][a-z0-9-]{0,31}$',
  remedy:
    'write a name of at most 32 small letters, digits and -, that begins with a letter: it names the topic sends.<channel>',
}
const topicName: FileShape = {
  type: 'string',
  pattern: '^[A-Za-z0-9._-]{1,249}$',
  remedy: 'write the name of a topic: letters, digits, dots, _ and -',
}
const named = (key: FileShape, value: FileShape): FileShape => ({ ...record(value), propertyNames: key })
const fieldName: FileShape = {
  type: 'string',
  pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$',
  remedy: 'write a name of at most 64 letters, digits and _, that begins with a letter',
}
const file: FileShape = { ...textShape, remedy: 'write the path of a file, from the folder of this one' }

const field: FileShape = {
  ...object(
    { type: oneOf(...fieldTypes) },
    {
      doc: textShape,
      required: flagShape,
      default: {},
      was: list(fieldName, 1),
      personal: flagShape,
      card: flagShape,
      health: flagShape,
      fields: { $ref: '#/$defs/fields' },
      of: { $ref: '#/$defs/field' },
    },
  ),
  type: ['string', 'object'],
  remedy: `write a type (${fieldTypes.join(', ')}), or an entry with type`,
}

const event: FileShape = {
  ...object(
    {},
    {
      doc: textShape,
      fields: { $ref: '#/$defs/fields' },
      avro: file,
      jsonSchema: file,
      classes: named(textShape, list(textShape)),
    },
  ),
  remedy: "write an entry with one of 'fields', 'avro' and 'jsonSchema'",
}
const identifier: FileShape = {
  ...object({}, { doc: textShape, fold: oneOf(...identifierFoldings), personal: flagShape }),
  type: ['object', 'null'],
  remedy: `write {}, or an entry with fold: ${identifierFoldings.join(', ')}`,
}

const sourceName: FileShape = { ...typeName, remedy: 'write a name of small letters, digits and _, such as orders' }
const expression: FileShape = { ...cel, remedy: 'write CEL, such as record.id' }
const constantOr: FileShape = { ...expression, type: ['string', 'number', 'boolean'] }
const source = object(
  {
    from: object({ topic: topicName, format: oneOf(...sourceFormats) }),
    to: oneOf(...sourceTargets),
    id: expression,
    data: {
      ...named(fieldName, constantOr),
      type: ['string', 'object'],
      maxLength: expressionLengthMax,
      remedy: 'write an expression for each field, or one for all of them',
    },
  },
  {
    doc: textShape,
    when: expression,
    type: expression,
    time: expression,
    source: expression,
    identifiers: named(typeName, expression),
  },
)

/** The JSON schema of a catalog file. What it means is checked afterwards. */
export const catalogSchema: FileShape = {
  ...object(
    {
      catalog: name,
      version: { type: 'integer', minimum: 1, maximum: 1_000_000, remedy: 'write a whole number from 1 to 1000000' },
      events: { ...named(typeName, event), minProperties: 1, remedy: 'write an event type: name: { fields: … }' },
      identifiers: { ...named(typeName, identifier), minProperties: 1, remedy: 'write a type of identifier: name: {}' },
      purposes: list(typeName, 1),
      channels: list(channelName, 1),
    },
    {
      doc: textShape,
      placements: list(name),
      classes: object({}, { health: object({ purposes: list(textShape) }) }),
      sources: { ...named(sourceName, source), remedy: 'write a source: name: { from: …, to: …, id: …, data: … }' },
    },
  ),
  $defs: { field, fields: named(fieldName, { $ref: '#/$defs/field' }) },
}
