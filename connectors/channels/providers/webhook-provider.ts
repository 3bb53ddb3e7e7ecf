import type { Send } from '../../../schemas/generated.ts'
import { ConnectorError } from '../../../topology/log/log.ts'
import { type AllowedHosts, allowedUrl, hostOf } from './allowed-url.ts'
import type { Call, CallOutcome, Provider } from './provider.ts'
import { providerKind } from './provider-kind.ts'
import { flag, optional, secrets, texts, webAddress } from './setting-fields.ts'

/** The provider behind `webhook:` in the settings of a channel. */
export const webhook = providerKind({
  does: 'posts each send as JSON with an `Idempotency-Key`; follows no redirect',
  needs:
    'https, or http on this computer. The host must be on `allowedHosts`, which defaults to the host of `url`. Set `idempotent: false` if the service ignores the key: then a call with an unknown outcome is never repeated',
  fields: { url: webAddress, allowedHosts: optional(texts), headers: optional(secrets), idempotent: optional(flag) },
  open({ url, allowedHosts, headers = {}, idempotent = true }, { reveal }) {
    const revealed = Object.entries(headers).map(([name, value]) => [name, reveal(value, `headers.${name}`)])
    return openWebhook({
      url,
      allowedHosts: allowedHosts ?? [hostOf(url)],
      allowsLoopbackHttp: true,
      headers: Object.fromEntries(revealed),
      isIdempotent: idempotent,
    })
  },
})

/** How sends are posted to a web service. */
export interface WebhookOptions extends AllowedHosts {
  readonly url: string
  /** Names a parameter of the treatment that may hold another address, which is checked as well. */
  readonly urlParameter?: string
  /** Sent with each call, such as a credential. */
  readonly headers?: Readonly<Record<string, string>>
  /** The longest request body, and the longest answer that is read. */
  readonly bodyBytesMax?: number
  /** Whether the service honours `Idempotency-Key`. If not, a call with an unknown outcome is never repeated. */
  readonly isIdempotent?: boolean
}

/** Posts each send as JSON to a web service. Throws ConnectorError when its address is not allowed. */
export function openWebhook(options: WebhookOptions): Provider {
  const { urlParameter, bodyBytesMax = 64 * 1024, isIdempotent = true } = options
  const usual = allowedUrl(options.url, options)
  const headers = checkedHeaders(options.headers ?? {})
  headers.set('content-type', 'application/json')
  return {
    isIdempotent,
    async deliver(send, call): Promise<CallOutcome> {
      const body = Buffer.from(bodyOf(send))
      if (body.length > bodyBytesMax) return { kind: 'rejected', reason: 'oversize' }
      const named = urlParameter === undefined ? undefined : send.parameters[urlParameter]
      try {
        const url = named === undefined ? usual : allowedUrl(named, options)
        return await post(url, send, body, { headers, bodyBytesMax }, call)
      } catch (error) {
        if (error instanceof ConnectorError) return { kind: 'rejected', reason: error.code }
        return wireFailure(error, call)
      }
    },
    close: async () => undefined,
  }
}

/** Makes the headers. The platform's own message would quote the value, which may be secret. */
function checkedHeaders(given: Readonly<Record<string, string>>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) {
    try {
      headers.set(name, value)
    } catch {
      throw new ConnectorError('bad-header', `the header '${name}' has a character that HTTP does not allow`)
    }
  }
  return headers
}

const bodyOf = ({ kind: _, reason: __, ...send }: Send): string => JSON.stringify(send)

async function post(
  url: URL,
  { idempotencyKey }: Send,
  body: Buffer,
  { headers, bodyBytesMax }: { readonly headers: Headers; readonly bodyBytesMax: number },
  { signal }: Call,
): Promise<CallOutcome> {
  const own = new Headers(headers)
  own.set('idempotency-key', headerText(idempotencyKey))
  const response = await fetch(url, { method: 'POST', redirect: 'manual', headers: own, body, signal })
  await discard(response, bodyBytesMax)
  return outcomeOf(response)
}

/** Encodes a text for a header, which allows visible ASCII only; keys of other topologies may hold more. */
const headerText = (text: string): string => (/^[!-~]+$/.test(text) ? text : encodeURIComponent(text))

/** Statuses that mean: certainly not accepted, try again. */
const notTaken: ReadonlySet<number> = new Set([408, 425, 429, 503])

/** Status 409 means that the first call with this key is still in progress (draft-ietf-httpapi-idempotency-key-header, 2.6). */
const underWay = 409

function outcomeOf({ status, headers }: Response): CallOutcome {
  const reason = `http-${status}`
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  if (notTaken.has(status)) return { kind: 'failed', reason, ...restOf(headers) }
  if (status >= 500 || status === underWay) return { kind: 'unknown', reason, ...restOf(headers) }
  return { kind: 'rejected', reason: status >= 400 ? reason : 'redirected' }
}

const longestRestMs = 3_600_000

/** Reads `Retry-After` in seconds. A date is ignored, because clocks differ. */
function restOf(headers: Headers): { retryAfterMs?: number } {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return seconds > 0 ? { retryAfterMs: Math.min(seconds * 1000, longestRestMs) } : {}
}

/** Reads the answer to its end, so that the connection can be reused. Failures are ignored, because the status is known. */
async function discard({ body }: Response, bytesMax: number): Promise<void> {
  if (!body) return
  try {
    let read = 0
    // Leaving the loop cancels the body.
    for await (const chunk of body) {
      read += chunk.length
      if (read > bytesMax) return
    }
  } catch {}
}

/** Error codes that mean the connection was never made, or never trusted, so nothing was delivered. */
const neverMade =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.*|.*CERT.*)$/

function wireFailure(error: unknown, { signal }: Call): CallOutcome {
  if (signal.aborted) return { kind: 'unknown', reason: 'timeout' }
  const { code } = ((error as Error).cause ?? {}) as { readonly code?: string }
  if (neverMade.test(code ?? '')) return { kind: 'failed', reason: 'not-connected' }
  return { kind: 'unknown', reason: 'connection-lost' }
}
