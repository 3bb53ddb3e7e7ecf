/** One change of the store. A null value deletes the key. What is given to a store is not modified afterwards. */
export interface StoreChange {
  readonly key: string
  readonly value: Uint8Array | null
}

export interface StoreEntry {
  readonly key: string
  readonly value: Uint8Array
}

/** Half-open, from inclusive. */
export interface StoreRange {
  readonly from: string
  readonly to: string
  readonly limit?: number
}

/**
 * The engine under the tables: ordered keys, bytes. All stores pass `store-contract.ts`.
 * A key is its UTF-8 bytes, also where it is compared. A returned value stays as it is, whatever is written later.
 */
export interface Store {
  /** One value per key, in the order asked; undefined where there is none. */
  getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>
  /** All changes or none, also through a crash of the process. Later changes of a key win. */
  write(changes: readonly StoreChange[]): Promise<void>
  /** Entries in key order. */
  range(range: StoreRange): Promise<StoreEntry[]>
  /** Deletes all keys in the range. */
  clear(range: Omit<StoreRange, 'limit'>): Promise<void>
  close(): Promise<void>
}

export type StoreKind = 'memory' | 'level' | 'rocksdb'

/** The engine failed, or its files are not what it wrote. */
export class StoreError extends Error {
  /** Stable; each has a heading in docs/errors.md. */
  readonly code: 'store-locked' | 'store-corrupt' | 'store-failed'
  constructor(code: StoreError['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StoreError'
    this.code = code
  }
}

/** True when no key can be in the range, or none is wanted. */
export const isEmptyRange = ({ from, to, limit = 1 }: StoreRange): boolean => limit <= 0 || compareKeys(from, to) >= 0

/** The order of keys: that of their UTF-8 bytes, which is that of code points, not of UTF-16 units. */
export function compareKeys(a: string, b: string): number {
  const end = Math.min(a.length, b.length)
  for (let at = 0; at < end; at++) {
    const x = a.charCodeAt(at)
    const y = b.charCodeAt(at)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

// Half of a pair stands for a code point beyond all that one unit can say.
const rank = (unit: number): number => ((unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit)
