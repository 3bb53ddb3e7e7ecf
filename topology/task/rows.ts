import type { RowSet } from '../../state/row-set.ts'

/** Gives the fold access to rows. All of them were prefetched. */
export interface Rows {
  /** Gets the rows of a key. Throws an Error if the key was not prefetched. */
  of(key: string): RowSet
  /** The rows of the partition as a whole. */
  readonly partition: RowSet
  /** The number of keys that have shared rows. */
  readonly sharedCount: number
  /** Gets the shared rows of this key; undefined or empty if there are none. */
  shared(key: string): RowSet | undefined
  /** Changes the shared rows of this key. */
  changeShared(key: string, change: (rows: RowSet) => void): void
  /** Notes that the rows of this key changed; null stands for those of the partition. */
  markChanged(key: string | null): void
}
