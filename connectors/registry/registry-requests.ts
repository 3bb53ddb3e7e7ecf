import { ConnectorError } from '../../topology/log/log.ts'

/** Where a registry is, and who asks. */
export interface RegistryAddress {
  /** Such as `http://127.0.0.1:8081`, or, of Apicurio, with `/apis/ccompat/v7` behind it. */
  readonly url: string
  readonly user?: string | undefined
  readonly password?: string | undefined
}

/** Asks a registry of Confluent's kind what its client does not offer. */
export class RegistryRequests {
  /** Its address, without names and secrets. */
  readonly place: string
  readonly #headers: Readonly<Record<string, string>>

  constructor({ url, user, password = '' }: RegistryAddress) {
    const place = new URL(url)
    const name = user ?? decodeURIComponent(place.username)
    const secret = user === undefined ? decodeURIComponent(place.password) : password
    place.username = ''
    place.password = ''
    this.place = place.href.replace(/\/+$/, '')
    this.#headers = name === '' ? {} : { authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}` }
  }

  /**
   * Asks on a connection of its own: some registries refuse a request without reading it, and take the rest for the next one. Throws
   * `registry-unavailable` (retryable).
   */
  async ask(path: string, request: RequestInit = {}): Promise<Response> {
    const headers = { ...this.#headers, 'content-type': 'application/json', connection: 'close' }
    const asked = this.place + path
    try {
      return await fetch(asked, { ...request, headers })
    } catch (cause) {
      throw new ConnectorError('registry-unavailable', `${asked} does not answer`, { retryable: true, cause })
    }
  }
}
