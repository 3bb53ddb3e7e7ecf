import { Ajv, type ValidateFunction } from 'ajv'
import type { ProviderKind } from '../../connectors/channels/providers/provider-kind.ts'
import { type ProviderName, type ProviderSettings, providers } from '../../connectors/channels/providers/providers.ts'
import {
  count,
  type Field,
  maskSetting,
  optional,
  type SettingFields,
  type SettingOf,
  settingSchema,
} from '../../connectors/channels/providers/setting-fields.ts'

const pace = {
  timeoutMs: optional(count()),
  inFlightMax: optional(count()),
  triesMax: optional(count()),
  backoffMs: optional(count()),
}

/** How one channel delivers, as a deployment configures it: its provider, and the pace of its calls. */
export type ChannelSetting = ProviderSettings & SettingOf<typeof pace>

/** The channels that deliver, and how. Sends of other channels stay on their topics. */
export type ChannelSettings = Readonly<Record<string, ChannelSetting>>

/** The keys of all kinds of provider. */
export const providerNames = Object.keys(providers) as ProviderName[]

/** Returns a kind of provider for settings that have been checked. */
export const kindOf = (name: ProviderName): ProviderKind<SettingFields> => providers[name] as ProviderKind<any>

const nested = (fields: SettingFields): Field<any, true> => ({
  schema: settingSchema(fields),
  isOptional: true,
  mask: setting => maskSetting(fields, setting),
})
const setting: SettingFields = {
  ...Object.fromEntries(providerNames.map(name => [name, nested(kindOf(name).fields)])),
  ...pace,
}
/** The settings of these channels: a catalog declares which there are. */
const settingsOf = (channels: readonly string[]): SettingFields =>
  Object.fromEntries(channels.map(channel => [channel, nested(setting)]))
const channelNames = /^[a-z][a-z0-9-]{0,31}$/

/** Checks the settings of channels. Returns null, or where the first problem is and what must stand there. */
export function channelProblem(value: unknown): { readonly at: string; readonly must: string } | null {
  const names = Object.keys(Object(value))
  const odd = names.find(name => !channelNames.test(name))
  if (odd !== undefined) return { at: '', must: `has no '${odd}': channels have names of small letters, digits and -` }
  const validate: ValidateFunction<ChannelSettings> = new Ajv({ strict: false }).compile<ChannelSettings>(
    settingSchema(settingsOf(names)),
  )
  if (!validate(value)) {
    const { instancePath, keyword, message = '', params } = validate.errors!.at(-1)!
    const at = instancePath.replaceAll('/', '.')
    if (keyword === 'additionalProperties')
      return { at, must: `has no '${(params as { readonly additionalProperty: string }).additionalProperty}'` }
    return { at, must: message }
  }
  for (const [channel, setting] of Object.entries(value))
    if (providerNames.filter(name => name in setting).length !== 1)
      return { at: `.${channel}`, must: `must have one of ${anyOf(providerNames)}` }
  return null
}

/** Masks secrets, and the query strings of addresses. */
export const maskedChannels = (given: ChannelSettings): ChannelSettings =>
  maskSetting(settingsOf(Object.keys(given)), given) as ChannelSettings

const anyOf = (names: readonly string[]): string => {
  const quoted = names.map(name => `'${name}'`)
  return `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`
}
