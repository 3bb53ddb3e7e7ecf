import { sha256 } from './hashes.ts'

/** Facts about a decision id, as bits to be combined. */
export const marks = {
  /** An event with this decision id was read at a person. */
  seen: 1,
  /** A merged person forwarded the event, so that it must arrive at another. */
  forwarded: 4,
  decided: 8,
  /** A send exists. */
  sent: 32,
  /** A decision asks for a send. */
  wantsSend: 128,
} as const

const slotsAtFirst = 1 << 12

/**
 * Marks and a fingerprint per decision id. PERF: 21 bytes an entry in typed arrays, so that a log of tens of millions of
 * decisions fits into memory; below about five million ids a Map would do.
 */
export class IdTable {
  #words = new Uint32Array(slotsAtFirst * 4)
  #marks = new Uint8Array(slotsAtFirst)
  #fingerprints = new Uint32Array(slotsAtFirst)
  #size = 0

  /** Returns the marks of an id; 0 for an unknown one. */
  marksOf(id: string): number {
    return this.#marks[this.#slot(parse(id))]!
  }

  /** Adds marks to an id. */
  mark(id: string, bits: number): void {
    const slot = this.#slotFor(id)
    this.#marks[slot] = this.#marks[slot]! | bits
  }

  /** Returns the fingerprint of an id; 0 for an unknown one. */
  fingerprint(id: string): number {
    return this.#fingerprints[this.#slot(parse(id))]!
  }

  /** Sets the fingerprint of an id. */
  setFingerprint(id: string, fingerprint: number): void {
    // Taking a slot may replace the arrays, so they are read afterwards.
    const slot = this.#slotFor(id)
    this.#fingerprints[slot] = fingerprint
  }

  /** Finds the ids with all of the bits `having` and none of `lacking`, in no particular order. */
  *find(having: number, lacking: number): Generator<string> {
    for (let slot = 0; slot < this.#marks.length; slot++) {
      const bits = this.#marks[slot]!
      if (bits !== 0 && (bits & having) === having && (bits & lacking) === 0) yield this.#idAt(slot)
    }
  }

  #slotFor(id: string): number {
    if (this.#size * 2 >= this.#marks.length) this.#grow()
    const words = parse(id)
    const slot = this.#slot(words)
    if (this.#isFree(slot)) {
      this.#words.set(words, slot * 4)
      this.#size++
    }
    return slot
  }

  #isFree(slot: number): boolean {
    const at = slot * 4
    const words = this.#words
    return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0 && words[at + 3] === 0
  }

  #slot(words: Uint32Array): number {
    const mask = this.#marks.length - 1
    for (let slot = words[0]! & mask; ; slot = (slot + 1) & mask) {
      if (this.#isFree(slot)) return slot
      const at = slot * 4
      let same = true
      for (let i = 0; i < 4; i++) same &&= this.#words[at + i] === words[i]
      if (same) return slot
    }
  }

  #grow(): void {
    const [words, bits, fingerprints] = [this.#words, this.#marks, this.#fingerprints]
    this.#words = new Uint32Array(words.length * 2)
    this.#marks = new Uint8Array(bits.length * 2)
    this.#fingerprints = new Uint32Array(bits.length * 2)
    for (let slot = 0; slot < bits.length; slot++) {
      const id = words.subarray(slot * 4, slot * 4 + 4)
      if (id.every(word => word === 0)) continue
      const to = this.#slot(id)
      this.#words.set(id, to * 4)
      this.#marks[to] = bits[slot]!
      this.#fingerprints[to] = fingerprints[slot]!
    }
  }

  #idAt(slot: number): string {
    return [...this.#words.subarray(slot * 4, slot * 4 + 4)].map(word => word.toString(16).padStart(8, '0')).join('')
  }
}

/** The words of the id that was parsed last: each call overwrites them. */
const scratch = new Uint32Array(4)
const isHex = /^[0-9a-f]{32}$/

/** Parses an id of 32 hex digits; any other id, which can only be forged, is replaced by its hash. */
function parse(id: string): Uint32Array {
  const digits = isHex.test(id) ? id : sha256(id)
  for (let i = 0; i < 4; i++) scratch[i] = Number.parseInt(digits.slice(i * 8, i * 8 + 8), 16)
  return scratch
}
