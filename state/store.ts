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

/** Runs a call of an engine; its errors become StoreErrors that name the folder. */
export async function engine<T>(directory: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof StoreError) throw error
    const text = messages(error)
    if (/corrupt|checksum|truncat|mismatch|bad block|missing files/i.test(text))
      throw new StoreError(
        'store-corrupt',
        `the store in '${directory}' is damaged (${text}); delete the folder, it is rebuilt from the changelog`,
        error,
      )
    if (/\block\b|already in use/i.test(text))
      throw new StoreError('store-locked', `the store in '${directory}' is in use by another process or handle`, error)
    throw new StoreError('store-failed', `the store in '${directory}' failed: ${text}`, error)
  }
}

function messages(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const inner = error instanceof AggregateError ? error.errors.filter(Boolean).map(messages) : []
  return [error.message, ...inner, ...(error.cause ? [messages(error.cause)] : [])].join('; ')
}
