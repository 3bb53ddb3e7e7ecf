import { ConnectorError } from '../../topology/log/log.ts'

/** Where a registry is, and who asks. */
export interface RegistryAddress {
  /** Such as `http://127.0.0.1:8081`, or, of Apicurio, with `/apis/ccompat/v7` behind it. */
  readonly url: string
  readonly user?: string | undefined
  readonly password?: string | undefined
}

/** The level that JOAI asks for: a new version reads what the last one wrote. */
export const wantedLevel = 'BACKWARD'

/** Levels under which a new version reads what the last one wrote. */
const sufficient: ReadonlySet<string> = new Set([wantedLevel, 'BACKWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE'])

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
    const level = await this.#level(`/${encodeURIComponent(subject)}`)
    if (typeof level !== 'string') return null
    if (!sufficient.has(level)) throw this.#tooLow(`the compatibility of the subject '${subject}' is ${level}`)
    return level
  }

  /** Says in words why a subject is safe without a level of its own. Throws `registry-refused` if it is not. */
  async ofOthers(): Promise<string> {
    const level = await this.#level('')
    if (level === null) return `the registry names no default, which then is ${wantedLevel}`
    if (typeof level !== 'string') return `its default can't be read either (it answers ${level.status})`
    if (!sufficient.has(level))
      throw this.#tooLow(`it refuses to set the compatibility of subjects, and its default is ${level}`)
    return `its default, ${level}, suffices`
  }

  /** Returns a level; null where none is set; or the status of another answer. */
  async #level(path: string): Promise<string | null | { readonly status: number }> {
    const answer = await fetch(this.#place + path, { headers: this.#headers }).catch(cause => {
      throw new ConnectorError('registry-unavailable', `${this.#place} does not answer`, { retryable: true, cause })
    })
    if (answer.status === 404) return null
    if (!answer.ok) return { status: answer.status }
    const { compatibilityLevel } = (await answer.json()) as { compatibilityLevel?: string }
    return compatibilityLevel?.toUpperCase() ?? null
  }

  #tooLow(what: string): ConnectorError {
    const remedy = `Set it to ${wantedLevel} or stricter in the registry, or give this user the right to do so, and apply again`
    return new ConnectorError('registry-refused', `${this.#place}: ${what}. ${remedy}`)
  }
}
