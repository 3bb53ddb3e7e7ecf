import { entriesMax, expressionLengthMax, textLengthMax } from './release-bounds.ts'

/** A JSON schema, with the remedy for a value that does not fit. */
export interface FileShape {
  readonly remedy?: string
  readonly properties?: Readonly<Record<string, FileShape>>
  readonly [keyword: string]: unknown
}

/** A text. */
export const textShape: FileShape = {
  type: 'string',
  minLength: 1,
  maxLength: textLengthMax,
  remedy: 'write a text, in quotes if it looks like a number',
}
/** An expression. */
export const cel: FileShape = { ...textShape, maxLength: expressionLengthMax }
/** True or false. */
export const flagShape: FileShape = { type: 'boolean', remedy: 'write true or false' }
/** What may also be null. */
export const orNull = (shape: FileShape): FileShape => ({ ...shape, type: [shape.type, 'null'].flat() })
/** One of these words. */
export const oneOf = (...values: readonly string[]): FileShape => ({ enum: values })
/** One of these words, or null. */
export const oneOfOrNull = (...values: readonly string[]): FileShape => ({ enum: [...values, null] })
/** A list with at least so many elements. */
export const list = (items: FileShape, least = 0): FileShape => ({
  type: 'array',
  items,
  minItems: least,
  maxItems: entriesMax,
  remedy: least > 0 ? 'write a list with at least one entry' : 'write a list: one entry a line, each with a dash',
})
/** Values by names that are not known beforehand. */
export const record = (values: FileShape): FileShape => ({
  type: 'object',
  additionalProperties: values,
  maxProperties: entriesMax,
  remedy: 'write name: value',
})
/** An entry with these keys. */
export const object = (
  required: Readonly<Record<string, FileShape>>,
  optional: Readonly<Record<string, FileShape>> = {},
): FileShape => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
  additionalProperties: false,
  remedy: `write an entry with ${Object.keys(required).join(', ')}`,
})

/** The names that rules, rows and topics can hold. */
export const name: FileShape = {
  type: 'string',
  pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$',
  remedy: 'write a name of at most 64 letters, digits, _ and -, that begins with a letter',
}
