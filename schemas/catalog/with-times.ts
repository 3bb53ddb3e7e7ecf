import type { AvroSchema } from '../codec/schema.ts'

/** Marks fields of a record of version 0.1 as times. Its bytes stay what they were: there, a time is a long like any other. */
export function withTimes(json: string, ...names: readonly string[]): AvroSchema {
  const record = JSON.parse(json) as {
    readonly fields: readonly { readonly name: string; readonly type: AvroSchema }[]
  }
  const fields = record.fields.map(field =>
    names.includes(field.name) ? { ...field, type: timed(field.type) } : field,
  )
  return { ...record, fields } as unknown as AvroSchema
}

const timed = (type: AvroSchema): AvroSchema =>
  Array.isArray(type) ? type.map(timed) : type === 'long' ? { type: 'long', logicalType: 'timestamp-millis' } : type
