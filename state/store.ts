/** One change of the store. A null value deletes the key. */
export interface Change {
  readonly key: string
  readonly value: Uint8Array | null
}

export interface Entry {
  readonly key: string
  readonly value: Uint8Array
}

/** Half-open, from inclusive; keys compare by their UTF-8 bytes. */
export interface Range {
  readonly from: string
  readonly to: string
  readonly limit?: number
}

/**
 * The engine under the tables: ordered keys, bytes. All stores pass `store-contract.ts`.
 * A returned value belongs to the caller and stays as it is.
 */
export interface Store {
  /** One value per key, in the order asked; undefined where there is none. */
  getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>
  /** All changes or none, also through a crash of the process. Later changes of a key win. */
  write(changes: readonly Change[]): Promise<void>
  /** Entries in key order. */
  range(range: Range): Promise<Entry[]>
  /** Deletes all keys in the range. */
  clear(range: Range): Promise<void>
  close(): Promise<void>
}

export type StoreKind = 'memory' | 'level' | 'rocksdb'
