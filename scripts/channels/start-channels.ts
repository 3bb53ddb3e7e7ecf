import { type ChannelOptions, type RunningChannel, startChannel } from '../../connectors/channels/dispatcher.ts'
import { allowedUrl, hostOf } from '../../connectors/channels/providers/allowed-url.ts'
import type { Provider } from '../../connectors/channels/providers/provider.ts'
import type { SettingSources } from '../../connectors/channels/providers/provider-kind.ts'
import { channelsAmong, sendsOn } from '../../schemas/topics.ts'
import { ConnectorError, type Log } from '../../topology/log/log.ts'
import { environment } from '../cli/environment.ts'
import { UsageError } from '../cli/errors.ts'
import { readText } from '../cli/files.ts'
import { type ChannelSetting, type ChannelSettings, kindOf, providerNames } from './channel-settings.ts'

/** The channels that run, by name. */
export type RunningChannels = ReadonlyMap<string, RunningChannel>

/** Makes settings that deliver these channels to one web service. Throws UsageError unless it is reached by https, or by http on this computer. */
export function allByWebhook(url: string, channels: readonly string[]): ChannelSettings {
  const webhook = { url, allowedHosts: [hostOf(url)] }
  try {
    allowedUrl(url, { ...webhook, allowsLoopbackHttp: true })
  } catch (error) {
    throw misused('--webhook', error)
  }
  return Object.fromEntries(channels.map(channel => [channel, { webhook }]))
}

/** Starts the configured channels. Throws UsageError before any of them starts when a provider can't be opened. */
export async function startChannels(
  settings: ChannelSettings,
  shared: Omit<ChannelOptions, 'channel' | 'provider'>,
): Promise<RunningChannels> {
  for (const channel of Object.keys(settings))
    if (!shared.log.topics().has(sendsOn(channel).name))
      throw new UsageError(`channels: there is no channel '${channel}': ${channelsThere(shared.log)}`)
  const providers: [string, Provider][] = []
  const running = new Map<string, RunningChannel>()
  try {
    for (const [channel, setting] of Object.entries(settings) as [string, ChannelSetting][])
      providers.push([channel, await openProvider(channel, setting)])
    for (const [channel, provider] of providers)
      running.set(channel, await startChannel({ ...shared, ...pace(settings[channel]!), channel, provider }))
    return running
  } catch (error) {
    for (const channel of running.values()) await channel.stop()
    for (const [channel, provider] of providers) if (!running.has(channel)) await provider.close()
    throw error
  }
}

function channelsThere(log: Log): string {
  const there = channelsAmong(log.topics().keys())
  return there.length === 0 ? 'this log has none' : `the catalog declares ${there.join(', ')}`
}

const pace = ({ timeoutMs, inFlightMax, triesMax, backoffMs }: ChannelSetting): Partial<ChannelOptions> => ({
  ...(timeoutMs === undefined ? {} : { callTimeoutMs: timeoutMs }),
  ...(inFlightMax === undefined ? {} : { inFlightMax }),
  ...(triesMax === undefined ? {} : { triesMax }),
  ...(backoffMs === undefined ? {} : { backoffMs }),
})

async function openProvider(channel: string, setting: ChannelSetting): Promise<Provider> {
  const name = providerNames.find(name => setting[name] !== undefined)!
  const at = `channels.${channel}.${name}`
  try {
    return await kindOf(name).open(setting[name]!, sourcesOf(at))
  } catch (error) {
    throw misused(at, error)
  }
}

/** Resolves the secrets and files that settings name. Throws UsageError when they are missing. */
const sourcesOf = (at: string): SettingSources => ({
  reveal(secret, field) {
    if (typeof secret === 'string') return secret
    if ('file' in secret) return readText(secret.file).trimEnd()
    const value = environment(secret.env)
    if (value === undefined) throw new UsageError(`${at}.${field}: there is no ${secret.env} in the environment`)
    return value
  },
  readJson(file, field) {
    try {
      return JSON.parse(readText(file))
    } catch (error) {
      if (error instanceof SyntaxError) throw new UsageError(`${at}.${field}: '${file}' is no JSON`)
      throw error
    }
  },
})

/** Turns a connector's refusal of a setting into a UsageError that names the setting. */
const misused = (at: string, error: unknown): unknown =>
  error instanceof ConnectorError ? new UsageError(`${at}: ${error.message}`) : error
