import { withoutCredentials } from '../../credentials.ts'

/** A secret as a deployment sets it: the text itself, or where it is kept. */
export type Secret = string | { readonly env: string } | { readonly file: string }

/** One field of a provider's settings. */
export interface Field<T, O extends boolean = boolean> {
  /** JSON Schema of the value. */
  readonly schema: object
  readonly isOptional: O
  /** Returns the value as `joai config` may print it. */
  readonly mask: (value: T) => T
}

/** The fields of a provider's settings, by name. Their type, their check and their masking are made from these. */
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

/** A text, not empty. */
export const text: Field<string, false> = shown(textSchema)

/** A list of texts, none of them empty. */
export const texts: Field<readonly string[], false> = shown({ type: 'array', items: textSchema })

/** A switch: `true` or `false`. */
export const flag: Field<boolean, false> = shown({ type: 'boolean' })

/** A whole number from 1 to `max`. */
export const count = (max = countMax): Field<number, false> => shown({ type: 'integer', minimum: 1, maximum: max })

/** A web address. Its credentials are masked. */
export const webAddress: Field<string, false> = { schema: textSchema, isOptional: false, mask: withoutCredentials }

/** A secret, masked unless it only says where the secret is kept. */
export const secret: Field<Secret, false> = { schema: secretSchema, isOptional: false, mask: hidden }

/** Secrets by name, such as request headers. */
export const secrets: Field<Readonly<Record<string, Secret>>, false> = {
  schema: { type: 'object', additionalProperties: secretSchema },
  isOptional: false,
  mask: all => Object.fromEntries(Object.entries(all).map(([name, value]) => [name, hidden(value)])),
}

/** Makes a field optional. */
export const optional = <T>({ schema, mask }: Field<T>): Field<T, true> => ({ schema, mask, isOptional: true })

/** Returns the JSON Schema of the settings that these fields describe. */
export function settingSchema(fields: SettingFields): object {
  const entries = Object.entries(fields)
  const required = entries.filter(([, { isOptional }]) => !isOptional).map(([name]) => name)
  return objectSchema(Object.fromEntries(entries.map(([name, { schema }]) => [name, schema])), required)
}

/** Returns the settings as they may be shown. They must fit the fields. */
export function maskSetting<F extends SettingFields>(fields: F, setting: SettingOf<F>): SettingOf<F> {
  const entries = Object.entries(setting as Readonly<Record<string, unknown>>)
  return Object.fromEntries(entries.map(([name, value]) => [name, fields[name]!.mask(value)])) as SettingOf<F>
}

function objectSchema(properties: Readonly<Record<string, object>>, required: readonly string[]): object {
  return { type: 'object', properties, required, additionalProperties: false }
}
