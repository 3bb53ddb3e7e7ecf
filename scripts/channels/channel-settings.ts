import { Ajv, type ValidateFunction } from 'ajv'
import { type Channel, channels } from '../../schemas/topics.ts'

/** A secret of a channel: as it is, or where it is. */
export type Secret = string | { readonly env: string } | { readonly file: string }

/** How one channel delivers, as a deployment sets it. */
export interface ChannelSetting {
  readonly webhook?: {
    readonly url: string
    /** Default: the host of `url`. */
    readonly allowedHosts?: readonly string[]
    readonly headers?: Readonly<Record<string, Secret>>
    /** Default: true. */
    readonly idempotent?: boolean
  }
  readonly smtp?: {
    readonly host: string
    readonly port: number
    readonly from: string
    /** TLS from the start; otherwise STARTTLS is required, but on this computer. */
    readonly secure?: boolean
    readonly user?: string
    readonly password?: Secret
    /** A JSON file: the address of each token. */
    readonly addresses: string
  }
  readonly file?: { readonly path: string }
  readonly timeoutMs?: number
  readonly inFlightMax?: number
  readonly triesMax?: number
  readonly backoffMs?: number
}

/** Which channels deliver, and how; sends of the others stay on their topics. */
export type ChannelSettings = Readonly<Partial<Record<Channel, ChannelSetting>>>

const text = { type: 'string', minLength: 1 }
const count = { type: 'integer', minimum: 1, maximum: 1_000_000 }
const object = (properties: Readonly<Record<string, object>>, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const secret = { anyOf: [text, object({ env: text }, ['env']), object({ file: text }, ['file'])] }
const setting = {
  ...object({
    webhook: object(
      {
        url: text,
        allowedHosts: { type: 'array', items: text },
        headers: { type: 'object', additionalProperties: secret },
        idempotent: { type: 'boolean' },
      },
      ['url'],
    ),
    smtp: object(
      {
        host: text,
        port: { ...count, maximum: 65_535 },
        from: text,
        secure: { type: 'boolean' },
        user: text,
        password: secret,
        addresses: text,
      },
      ['host', 'port', 'from', 'addresses'],
    ),
    file: object({ path: text }, ['path']),
    timeoutMs: count,
    inFlightMax: count,
    triesMax: count,
    backoffMs: count,
  }),
  oneOf: [{ required: ['webhook'] }, { required: ['smtp'] }, { required: ['file'] }],
}
/** Compiled when it is first asked. */
let validator: ValidateFunction<ChannelSettings> | undefined

/** Null when the value tells channels how to deliver; else where it does not, and what it must be. */
export function channelProblem(value: unknown): { readonly at: string; readonly must: string } | null {
  validator ??= new Ajv({ strict: false }).compile<ChannelSettings>(
    object(Object.fromEntries(channels.map(channel => [channel, setting]))),
  )
  const validate = validator
  if (validate(value)) return null
  const { instancePath, keyword, message = '', params } = validate.errors!.at(-1)!
  const at = instancePath.replaceAll('/', '.')
  if (keyword === 'additionalProperties')
    return { at, must: `has no '${(params as { readonly additionalProperty: string }).additionalProperty}'` }
  if (keyword === 'oneOf') return { at, must: "must have one of 'webhook', 'smtp' and 'file'" }
  return { at, must: message }
}

/** The settings as they may be shown: without secrets, and without what an address asks for. */
export const maskedChannels = (settings: ChannelSettings): ChannelSettings =>
  Object.fromEntries(Object.entries(settings).map(([channel, setting]) => [channel, masked(setting)]))

function masked({ webhook, smtp, ...others }: ChannelSetting): ChannelSetting {
  return {
    ...others,
    ...(webhook && { webhook: { ...webhook, url: webhook.url.replace(/\?.*/, '?***'), ...hiddenHeaders(webhook) } }),
    ...(smtp && { smtp: smtp.password === undefined ? smtp : { ...smtp, password: hidden(smtp.password) } }),
  }
}

const hiddenHeaders = ({ headers }: NonNullable<ChannelSetting['webhook']>) =>
  headers && { headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, hidden(value)])) }

const hidden = (secret: Secret): Secret => (typeof secret === 'string' ? '***' : secret)
