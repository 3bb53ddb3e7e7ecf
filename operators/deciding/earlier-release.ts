import { type Quarantine, ReleaseRow } from '../../schemas/generated.ts'
import { type Fallback, type SharedTable, sharedTable } from '../../state/table.ts'
import { compareText } from '../lists/compare.ts'
import type { Release } from '../release/release.ts'

/** The key of the row that keeps the release before the one in force. */
export const earlierKey = 'earlier'

/** However many rows of reference data there are, this one must be kept: a limit is over all shared rows of a partition. */
const rowsMax = Number.MAX_SAFE_INTEGER
const tableOfEarlier = (name: string) =>
  sharedTable<ReleaseRow>(name, { schema: ReleaseRow, rowsMax, empty: { document: '', hash: '', stopped: [] } })

/** Holds the release before the one in force, for the case that something throws under that one. */
export const earlierRelease = tableOfEarlier('earlier-release')
/** Holds the same for stitching. */
export const earlierRules = tableOfEarlier('earlier-identity-rules')

/** Goes back to an earlier release; null where there is none. An action that was stopped under either stays stopped. */
export function wentBack(row: ReleaseRow, earlier: ReleaseRow): ReleaseRow | null {
  if (earlier.document === '' || earlier.hash === row.hash) return null
  const { document, hash } = earlier
  return { document, hash, stopped: [...new Set([...earlier.stopped, ...row.stopped])].sort(compareText) }
}

/** Says how a partition goes back to the release that a table keeps. */
export const fallbackTo = (from: SharedTable<ReleaseRow>): Fallback<ReleaseRow> => ({
  from,
  key: earlierKey,
  back: wentBack,
  name: nameOf,
  changedBy: 'control',
  type: 'quarantine',
  record: ({ hash }, fault): Quarantine => ({ hash, ...fault }),
})

function nameOf({ document, hash }: ReleaseRow): string {
  if (document === '') return 'no release'
  const { release, version } = JSON.parse(document) as Release
  return `release '${release}', version ${version} (${hash.slice(0, 12)})`
}
