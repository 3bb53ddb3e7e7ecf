import type { AvroSchema } from '../../schemas/codec/schema.ts'

/** The simple types of a field, as Avro. A date is a text such as 2026-12-01. */
const simple = {
  number: 'double',
  whole: 'long',
  text: 'string',
  flag: 'boolean',
  time: { type: 'long', logicalType: 'timestamp-millis' },
  date: { type: 'string', logicalType: 'iso-date' },
} satisfies Readonly<Record<string, AvroSchema>>

/** The name of a simple type of a field. */
export type SimpleType = keyof typeof simple

/** The types that a field of a catalog may have. */
export const fieldTypes = [...(Object.keys(simple) as SimpleType[]), 'record', 'list'] as const

/** The Avro of a simple type. */
export const avroOf = (type: SimpleType): AvroSchema => simple[type]
