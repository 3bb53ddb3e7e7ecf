import type { Decision, FeatureValue, Position, ReferenceRead, ReferenceUpdate } from '../../schemas/generated.ts'
import type { ActiveRelease } from './releases.ts'

interface Thing {
  readonly attributes: ReadonlyMap<string, FeatureValue>
  readonly origin: Position
}

/** A partition keeps no more things than this. */
const thingsMax = 100_000
/** What hours since a time that never was are served as. */
const neverHours = 876_000

/** What one partition was told of products, stores, plans and cells. */
export class KnownThings {
  readonly #things = new Map<string, Thing>()

  tell({ key, isWhole, attributes, origin }: ReferenceUpdate): void {
    const before = isWhole ? [] : (this.#things.get(key)?.attributes ?? [])
    const all = new Map([...before, ...attributes.map(one => [one.name, one] as const)])
    if (all.size === 0) this.#things.delete(key)
    else if (this.#things.has(key) || this.#things.size < thingsMax) this.#things.set(key, { attributes: all, origin })
  }

  /** What is wrong with what a decision says it looked up; null when that is what was known then. */
  breach({ reference, time }: Decision, { release }: ActiveRelease): string | null {
    const joins = release.reference ?? []
    const names = reference.map(({ name }) => name).join()
    if (names !== joins.map(({ name }) => name).join())
      return `it looked up '${names}', which is not what its release joins`
    for (const [n, read] of reference.entries()) {
      const breach = this.#readBreach(read, joins[n]!, time.decidedAt)
      if (breach) return `${read.name}: ${breach}`
    }
    return null
  }

  #readBreach({ key, values, record }: ReferenceRead, { kind, attributes }: Join, now: number): string | null {
    if (key !== '' && !key.startsWith(`${kind}/`)) return `'${key}' is no ${kind}`
    const thing = this.#things.get(key)
    if (placeOf(record) !== placeOf(thing?.origin ?? null))
      return `it names ${placeOf(record)} as the last record of '${key}', the log has ${placeOf(thing?.origin ?? null)}`
    if (values.length !== attributes.length) return `it serves ${values.length} attributes of ${attributes.length}`
    for (const [n, { name, type }] of attributes.entries()) {
      const known = thing?.attributes.get(name)
      const expected =
        type === 'text' ? (known?.text ?? '') : type === 'number' ? (known?.number ?? 0) : hoursSince(known, now)
      const served = values[n]!
      const value = type === 'text' ? served.text : served.number
      if (served.name !== name || value !== expected)
        return `${served.name} is ${value}, the log says ${name} is ${expected}`
    }
    return null
  }
}

type Join = NonNullable<ActiveRelease['release']['reference']>[number]

const hoursSince = (known: FeatureValue | undefined, now: number): number =>
  known?.number == null ? neverHours : Math.max(0, now - known.number) / 3_600_000

const placeOf = (position: Position | null): string =>
  position === null ? 'none' : `${position.topic}/${position.partition}/${position.offset}`
