import { ConnectorError } from '../../topology/log/log.ts'
import { type RegistryAddress, RegistryRequests } from './registry-requests.ts'

/** The level that JOAI asks for: a new version reads what the last one wrote. */
const wantedLevel = 'BACKWARD'

/** Levels under which a new version reads what the last one wrote. */
const sufficient: ReadonlySet<string> = new Set([wantedLevel, 'BACKWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE'])

/** Answers by which a registry refuses to set a level: to this user, or to all. */
const forbidden: ReadonlySet<number> = new Set([401, 403, 405])

const path = '/config'

/** The levels of compatibility that a registry of Confluent's kind keeps: one for each subject, and one for all others. */
export class Compatibility {
  readonly #requests: RegistryRequests
  readonly #place: string

  constructor(address: RegistryAddress) {
    this.#requests = new RegistryRequests(address)
    this.#place = `${this.#requests.place}${path}`
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
  async #level(of: string): Promise<string | null | { readonly status: number }> {
    const answer = await this.#ask(of)
    if (answer.status === 404) return null
    if (!answer.ok) return { status: answer.status }
    const { compatibilityLevel } = (await answer.json()) as { compatibilityLevel?: string }
    return compatibilityLevel?.toUpperCase() ?? null
  }

  #ask(of: string, request: RequestInit = {}): Promise<Response> {
    return this.#requests.ask(path + of, request)
  }

  #tooLow(what: string): ConnectorError {
    const remedy = `Set it to ${wantedLevel} or stricter in the registry, or give this user the right to do so, and apply again`
    return new ConnectorError('registry-refused', `${this.#place}: ${what}. ${remedy}`)
  }
}

const pathOf = (subject: string): string => `/${encodeURIComponent(subject)}`
