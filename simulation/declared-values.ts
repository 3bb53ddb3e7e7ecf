import { days, type Time } from '../schemas/record.ts'
import type { Chance } from './chance.ts'

/** Where a value stands. */
export interface ValuePlace {
  readonly chance: Chance
  readonly at: Time
  /** The name of its field. */
  readonly name: string
}

interface AvroType {
  readonly type: unknown
  readonly logicalType?: string
  readonly fields?: readonly { readonly name: string; readonly type: unknown }[]
  readonly items?: unknown
  readonly values?: unknown
  readonly symbols?: readonly string[]
}

const kinds = 6

/** Draws a value of an Avro type, as JSON. What may be absent is so now and then. */
export function valueFor(type: unknown, place: ValuePlace): unknown {
  const { chance, at, name } = place
  if (Array.isArray(type))
    return chance.is(0.25)
      ? null
      : valueFor(
          type.find(branch => branch !== 'null'),
          place,
        )
  if (typeof type === 'object' && type !== null) return complexOf(type as AvroType, place)
  switch (type) {
    case 'boolean':
      return chance.is(0.5)
    case 'int':
    case 'long':
      return chance.between(0, 60)
    case 'float':
    case 'double':
      // Mostly small, now and then large.
      return chance.between(1, 100) * chance.of([1, 1, 5, 50])
    default:
      return /id$/i.test(name)
        ? `${name}-${chance.between(1, 999)}-${at % 1000}`
        : `${name}-${chance.between(1, kinds)}`
  }
}

function complexOf(
  { type, logicalType, fields = [], items, values, symbols = [] }: AvroType,
  place: ValuePlace,
): unknown {
  const { chance, at, name } = place
  if (logicalType === 'timestamp-millis') return at + chance.between(0, days(60))
  if (logicalType === 'iso-date') return new Date(at + chance.between(0, days(60))).toISOString().slice(0, 10)
  if (type === 'record')
    return Object.fromEntries(fields.map(field => [field.name, valueFor(field.type, { chance, at, name: field.name })]))
  if (type === 'array') return Array.from({ length: chance.between(0, 3) }, () => valueFor(items, place))
  if (type === 'map') return { [name]: valueFor(values, place) }
  if (type === 'enum') return chance.of(symbols)
  return valueFor(type, place)
}
