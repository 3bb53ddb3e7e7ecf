import type avro from 'avsc'
import { BoundedArray, BoundedMap } from './bounded-types.ts'
import { isOpenFields, OpenFields } from './open-fields.ts'
import { StrictText } from './strict-text.ts'

const text = new StrictText()

/**
 * Makes `avro.Type.forSchema` use arrays and maps whose memory and time a hostile record can't blow up, texts that can be read
 * strictly, and plain values for the fields of events.
 */
export const boundedTypes: NonNullable<avro.ForSchemaOptions['typeHook']> = (schema, options) => {
  if (schema === 'string' || (typeof schema === 'object' && 'type' in schema && schema.type === 'string')) return text
  if (typeof schema !== 'object' || !('type' in schema)) return undefined
  if (schema.type === 'array')
    return isOpenFields(schema) ? new OpenFields(schema, options) : new BoundedArray(schema, options)
  return schema.type === 'map' ? new BoundedMap(schema, options) : undefined
}
