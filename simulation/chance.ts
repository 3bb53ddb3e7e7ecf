/** A stream of random numbers that a seed fixes. It uses 32-bit integers only, so that it is the same on every machine. */
export class Chance {
  #state: number

  constructor(seed: string) {
    this.#state = 0x811c9dc5
    for (let i = 0; i < seed.length; i++) this.#state = Math.imul(this.#state ^ seed.charCodeAt(i), 0x01000193)
  }

  /** Returns a number on [0, 1), by Mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000
  }

  /** Returns true with this probability. */
  is(probability: number): boolean {
    return this.next() < probability
  }

  /** Returns a whole number between two numbers, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  /** Returns one of the choices, each with the same probability. */
  of<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)]!
  }
}
