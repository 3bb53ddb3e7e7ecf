import { ConnectorError } from '../../topology/log/log.ts'

/** Where a registry is, and who asks. */
export interface RegistryAddress {
  /** Such as `http://127.0.0.1:8081`, or, of Apicurio, with `/apis/ccompat/v7` behind it. */
  readonly url: string
  readonly user?: string | undefined
  readonly password?: string | undefined
}

/** The level that JOAI asks for: a new version reads what the last one wrote. */
const wantedLevel = 'BACKWARD'

/** Levels under which a new version reads what the last one wrote. */
const sufficient: ReadonlySet<string> = new Set([wantedLevel, 'BACKWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE'])

/** Answers by which a registry refuses to set a level: to this user, or to all. */
const forbidden: ReadonlySet<number> = new Set([401, 403, 405])

/** The levels of compatibility that a registry of Confluent's kind keeps: one for each subject, and one for all others. */
export class Compatibility {
  readonly #place: string
  readonly #headers: Readonly<Record<string, string>>

  constructor({ url, user, password = '' }: RegistryAddress) {
    const place = new URL(`${url.replace(/\/+$/, '')}/config`)
    const name = user ?? decodeURIComponent(place.username)
    const secret = user === undefined ? decodeURIComponent(place.password) : password
    place.username = ''
    place.password = ''
    this.#place = place.href
    this.#headers = name === '' ? {} : { authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}` }
  }

  /** Returns the level that is set for a subject itself; null if none is. Throws `registry-refused` for one that does not suffice. */
  async ofSubject(subject: string): Promise<string | null> {
    const level = await this.#level(pathOf(subject))
    if (typeof level !== 'string') return null
    if (!sufficient.has(level)) throw this.#tooLow(`the compatibility of the subject '${subject}' is ${level}`)
    return level
  }

  /**
   * Sets the wanted level for a subject that has none of its own. Where that is forbidden, warns if the subject is safe without,
   * and throws `registry-refused` if it is not.
   */
  async set(subject: string, warn: (text: string) => void): Promise<void> {
    const answer = await this.#ask(pathOf(subject), {
      method: 'PUT',
      body: JSON.stringify({ compatibility: wantedLevel }),
    })
    if (answer.ok) return
    const detail = `${this.#place} answers ${answer.status}: ${(await answer.text()).slice(0, 200)}`
    if (!forbidden.has(answer.status)) throw new ConnectorError('registry-unavailable', detail, { retryable: true })
    warn(`the compatibility of subjects such as '${subject}' can't be set, ${await this.#reason()} (${detail})`)
  }

  /** Says in words why a subject is safe without a level of its own. */
  async #reason(): Promise<string> {
    const level = await this.#level('')
    if (level === null) return `but the registry names no default, which then is ${wantedLevel}`
    if (typeof level !== 'string') return `and the registry's default can't be read (${level.status})`
    if (!sufficient.has(level))
      throw this.#tooLow(`the compatibility of subjects can't be set by this user, and the default is ${level}`)
    return `but the registry's default, ${level}, suffices`
  }

  /** Returns a level; null where none is set; or the status of another answer. */
  async #level(path: string): Promise<string | null | { readonly status: number }> {
    const answer = await this.#ask(path)
    if (answer.status === 404) return null
    if (!answer.ok) return { status: answer.status }
    const { compatibilityLevel } = (await answer.json()) as { compatibilityLevel?: string }
    return compatibilityLevel?.toUpperCase() ?? null
  }

  /** Asks on a connection of its own: some registries refuse a request without reading it, and take the rest for the next one. */
  async #ask(path: string, request: RequestInit = {}): Promise<Response> {
    const headers = { ...this.#headers, 'content-type': 'application/json', connection: 'close' }
    try {
      return await fetch(this.#place + path, { ...request, headers })
    } catch (cause) {
      throw new ConnectorError('registry-unavailable', `${this.#place} does not answer`, { retryable: true, cause })
    }
  }

  #tooLow(what: string): ConnectorError {
    const remedy = `Set it to ${wantedLevel} or stricter in the registry, or give this user the right to do so, and apply again`
    return new ConnectorError('registry-refused', `${this.#place}: ${what}. ${remedy}`)
  }
}

const pathOf = (subject: string): string => `/${encodeURIComponent(subject)}`
