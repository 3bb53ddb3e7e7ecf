/** A secret as a deployment sets it: the text itself, or where it is kept. */
export type Secret = string | { readonly env: string } | { readonly file: string }

/** One field of a provider's settings. */
export interface Field<T, O extends boolean = boolean> {
  /** JSON Schema of its value. */
  readonly schema: object
  readonly isOptional: O
  /** Makes of the value what may be shown: `joai config` prints nothing else. */
  readonly mask: (value: T) => T
}

/** The fields of a provider's settings, by name. Type, check and masking of the settings are all made from them. */
export interface SettingFields {
  readonly [name: string]: Field<any>
}

/** The settings that fields describe. */
export type SettingOf<F extends SettingFields> = {
  readonly [K in keyof F as F[K] extends Field<any, true> ? never : K]: F[K] extends Field<infer T> ? T : never
} & {
  readonly [K in keyof F as F[K] extends Field<any, true> ? K : never]?: F[K] extends Field<infer T> ? T : never
}

const shown = <T>(schema: object): Field<T, false> => ({ schema, isOptional: false, mask: value => value })

const textSchema = { type: 'string', minLength: 1 }
const countMax = 1_000_000
const hidden = (secret: Secret): Secret => (typeof secret === 'string' ? '***' : secret)
const secretSchema = {
  anyOf: [textSchema, objectSchema({ env: textSchema }, ['env']), objectSchema({ file: textSchema }, ['file'])],
}

/** A text that is not empty. */
export const text: Field<string, false> = shown(textSchema)

/** A list of such texts. */
export const texts: Field<readonly string[], false> = shown({ type: 'array', items: textSchema })

/** A switch: `true` or `false`. */
export const flag: Field<boolean, false> = shown({ type: 'boolean' })

/** A whole number from 1 to `max`. */
export const count = (max = countMax): Field<number, false> => shown({ type: 'integer', minimum: 1, maximum: max })

/** An address on the web, whose query string may hold a credential and is not shown. */
export const webAddress: Field<string, false> = {
  schema: textSchema,
  isOptional: false,
  mask: url => url.replace(/\?.*/, '?***'),
}

/** A secret, which is not shown. */
export const secret: Field<Secret, false> = { schema: secretSchema, isOptional: false, mask: hidden }

/** Secrets by name, such as the headers of a request. */
export const secrets: Field<Readonly<Record<string, Secret>>, false> = {
  schema: { type: 'object', additionalProperties: secretSchema },
  isOptional: false,
  mask: all => Object.fromEntries(Object.entries(all).map(([name, value]) => [name, hidden(value)])),
}

/** The same field, where it may be left out. */
export const optional = <T>({ schema, mask }: Field<T>): Field<T, true> => ({ schema, mask, isOptional: true })

/** JSON Schema of the settings that these fields describe. */
export function settingSchema(fields: SettingFields): object {
  const entries = Object.entries(fields)
  const required = entries.filter(([, { isOptional }]) => !isOptional).map(([name]) => name)
  return objectSchema(Object.fromEntries(entries.map(([name, { schema }]) => [name, schema])), required)
}

/** The settings as they may be shown. They must fit the fields. */
export function maskSetting<F extends SettingFields>(fields: F, setting: SettingOf<F>): SettingOf<F> {
  const entries = Object.entries(setting as Readonly<Record<string, unknown>>)
  return Object.fromEntries(entries.map(([name, value]) => [name, fields[name]!.mask(value)])) as SettingOf<F>
}

function objectSchema(properties: Readonly<Record<string, object>>, required: readonly string[]): object {
  return { type: 'object', properties, required, additionalProperties: false }
}
