import type { Decision, FeatureValue, Position, ReferenceRead, ReferenceUpdate } from '../../schemas/generated.ts'
import type { ActiveRelease } from './releases.ts'

/** The attributes known of one product, store, plan or cell, and the record that changed them last. */
interface ReferenceEntry {
  readonly attributes: ReadonlyMap<string, FeatureValue>
  readonly origin: Position
}

/** A partition keeps at most this many entries. */
const entriesMax = 100_000
/** The hours served for a time that was never recorded. */
const neverHours = 876_000

/** The reference data of one partition: products, stores, plans and cells. */
export class KnownReferenceData {
  readonly #entries = new Map<string, ReferenceEntry>()

  /** Applies a reference update. */
  update({ key, isWhole, attributes, origin }: ReferenceUpdate): void {
    const before = isWhole ? [] : (this.#entries.get(key)?.attributes ?? [])
    const all = new Map([...before, ...attributes.map(one => [one.name, one] as const)])
    if (all.size === 0) this.#entries.delete(key)
    else if (this.#entries.has(key) || this.#entries.size < entriesMax)
      this.#entries.set(key, { attributes: all, origin })
  }

  /** Compares what a decision states it looked up with what was known at that time; returns what differs, or null. */
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
    const entry = this.#entries.get(key)
    if (placeOf(record) !== placeOf(entry?.origin ?? null))
      return `it names ${placeOf(record)} as the last record of '${key}', the log has ${placeOf(entry?.origin ?? null)}`
    if (values.length !== attributes.length) return `it serves ${values.length} attributes of ${attributes.length}`
    for (const [n, { name, type }] of attributes.entries()) {
      const known = entry?.attributes.get(name)
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
