import { allowedUrl, isLoopback } from '../../connectors/channels/allowed-url.ts'
import { type ChannelOptions, type RunningChannel, startChannel } from '../../connectors/channels/dispatcher.ts'
import { fileChannel } from '../../connectors/channels/log-channel.ts'
import type { Provider } from '../../connectors/channels/provider.ts'
import { smtpChannel } from '../../connectors/channels/smtp-channel.ts'
import { webhookChannel } from '../../connectors/channels/webhook-channel.ts'
import { type Channel, channels } from '../../schemas/topics.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import { environment } from '../cli/environment.ts'
import { UsageError } from '../cli/errors.ts'
import { readText } from '../cli/files.ts'
import type { ChannelSetting, ChannelSettings, Secret } from './channel-settings.ts'

/** Channels at work, by name. */
export type RunningChannels = ReadonlyMap<Channel, RunningChannel>

/** All channels through one web service: https, or http on this computer. Throws UsageError for any other address. */
export function allByWebhook(url: string): ChannelSettings {
  const webhook = { url, allowedHosts: [hostOf(url)] }
  misuse('--webhook', () => allowedUrl(url, { ...webhook, allowsLoopbackHttp: true }))
  return Object.fromEntries(channels.map(channel => [channel, { webhook }]))
}

/** Starts the channels that are set; throws UsageError, before any is started, for what can't be one. */
export async function startChannels(
  settings: ChannelSettings,
  shared: Omit<ChannelOptions, 'channel' | 'provider'>,
): Promise<RunningChannels> {
  const providers: [Channel, Provider][] = []
  const running = new Map<Channel, RunningChannel>()
  try {
    for (const [channel, setting] of Object.entries(settings) as [Channel, ChannelSetting][])
      providers.push([channel, await providerOf(channel, setting)])
    for (const [channel, provider] of providers)
      running.set(channel, await startChannel({ ...shared, ...pace(settings[channel]!), channel, provider }))
    return running
  } catch (error) {
    for (const channel of running.values()) await channel.stop()
    for (const [channel, provider] of providers) if (!running.has(channel)) await provider.close()
    throw error
  }
}

const pace = ({ timeoutMs, inFlightMax, triesMax, backoffMs }: ChannelSetting): Partial<ChannelOptions> => ({
  ...(timeoutMs === undefined ? {} : { callTimeoutMs: timeoutMs }),
  ...(inFlightMax === undefined ? {} : { inFlightMax }),
  ...(triesMax === undefined ? {} : { triesMax }),
  ...(backoffMs === undefined ? {} : { backoffMs }),
})

async function providerOf(channel: Channel, setting: ChannelSetting): Promise<Provider> {
  const at = `channels.${channel}`
  const { webhook, smtp, file } = setting
  if (webhook) return misuse(`${at}.webhook`, () => webhookOf(webhook, `${at}.webhook`))
  if (smtp) return misuse(`${at}.smtp`, () => mailerOf(smtp, `${at}.smtp`))
  const { path } = file!
  return fileChannel(path).catch(error => {
    throw new UsageError(`${at}.file: '${path}' can't be written: ${(error as Error).message}`)
  })
}

function webhookOf({ url, allowedHosts, headers, idempotent }: Set<'webhook'>, at: string): Provider {
  const kept = Object.entries(headers ?? {}).map(([name, value]) => [name, revealed(value, `${at}.headers.${name}`)])
  return webhookChannel({
    url,
    allowedHosts: allowedHosts ?? [hostOf(url)],
    allowsLoopbackHttp: true,
    headers: Object.fromEntries(kept),
    ...(idempotent === undefined ? {} : { isIdempotent: idempotent }),
  })
}

function mailerOf({ host, port, from, secure = false, user, password, addresses }: Set<'smtp'>, at: string): Provider {
  const addressOf = addressBook(addresses, `${at}.addresses`)
  const auth = user === undefined ? {} : { auth: { user, pass: revealed(password ?? '', `${at}.password`) } }
  return smtpChannel({
    host,
    port,
    from,
    isSecure: secure,
    allowsLoopbackPlain: !secure && isLoopback(host),
    ...auth,
    addressOf: async ({ addressToken }) => addressOf.get(addressToken) ?? null,
  })
}

function addressBook(file: string, at: string): ReadonlyMap<string, string> {
  try {
    return new Map(Object.entries(JSON.parse(readText(file)) as Record<string, string>))
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`${at}: '${file}' is no JSON`)
    throw error
  }
}

type Set<K extends 'webhook' | 'smtp'> = NonNullable<ChannelSetting[K]>

function revealed(secret: Secret, at: string): string {
  if (typeof secret === 'string') return secret
  if ('file' in secret) return readText(secret.file).trimEnd()
  const value = environment(secret.env)
  if (value === undefined) throw new UsageError(`${at}: there is no ${secret.env} in the environment`)
  return value
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url)

/** What a connector refuses was set by the user. */
function misuse<T>(at: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof ConnectorError) throw new UsageError(`${at}: ${error.message}`)
    throw error
  }
}
