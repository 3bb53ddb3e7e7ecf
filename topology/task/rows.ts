import type { RowSet } from '../../state/row-set.ts'

/** The rows that the fold may touch: all were prefetched. */
export interface Rows {
  /** Throws when the key was not prefetched. */
  of(key: string): RowSet
  readonly partition: RowSet
  /** How many keys have shared rows. */
  readonly sharedCount: number
  /** The shared rows of this key; undefined or empty where there are none. */
  shared(key: string): RowSet | undefined
  /** Changes the shared rows of this key. */
  changeShared(key: string, change: (rows: RowSet) => void): void
  /** Says that the row set of this key changed; null: the partition's. */
  markChanged(key: string | null): void
}
