/** One change of a store. A null value deletes the key. The bytes must not be modified afterwards. */
export interface StoreChange {
  readonly key: string
  readonly value: Uint8Array | null
}

/** A key of a store and its value. */
export interface StoreEntry {
  readonly key: string
  readonly value: Uint8Array
}

/** A range of keys: `from` is inclusive, `to` is not. */
export interface StoreRange {
  readonly from: string
  readonly to: string
  readonly limit?: number
}

/**
 * Keeps the tables: values under ordered keys. All stores pass `store-contract.ts`.
 * Keys are ordered by their UTF-8 bytes. A returned value never changes, whatever is written later.
 */
export interface Store {
  /** Gets one value for each key, in the order of the keys; undefined where there is none. */
  getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>
  /** Makes all changes or none, even if the process crashes. The last change of a key wins. */
  write(changes: readonly StoreChange[]): Promise<void>
  /** Gets entries in key order. */
  range(range: StoreRange): Promise<StoreEntry[]>
  /** Deletes all keys in the range. */
  clear(range: Omit<StoreRange, 'limit'>): Promise<void>
  close(): Promise<void>
}

/** The engine of a store. */
export type StoreKind = 'memory' | 'level' | 'rocksdb'

/** Says that an engine failed, or that its files are not what it wrote. */
export class StoreError extends Error {
  /** Stable. Each code has a heading in docs/errors.md. */
  readonly code: 'store-locked' | 'store-corrupt' | 'store-failed'
  constructor(code: StoreError['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StoreError'
    this.code = code
  }
}

/** Tells whether a range can hold no key, or no key is wanted. */
export const isEmptyRange = ({ from, to, limit = 1 }: StoreRange): boolean => limit <= 0 || compareKeys(from, to) >= 0

/** Compares keys by their UTF-8 bytes, which order as code points do, not as UTF-16 units. */
export function compareKeys(a: string, b: string): number {
  const end = Math.min(a.length, b.length)
  for (let at = 0; at < end; at++) {
    const x = a.charCodeAt(at)
    const y = b.charCodeAt(at)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

// Half of a surrogate pair stands for a code point above all that a single unit can name.
const rank = (unit: number): number => ((unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit)
