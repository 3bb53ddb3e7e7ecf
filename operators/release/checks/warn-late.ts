import type { Report } from '../problem.ts'
import type { Release } from '../release.ts'

/** Warns of a release under which every event that is on its way for a moment triggers nothing. */
export function warnOfLate({ graceMs, backfillMs }: Release, warn: Report): void {
  if ((backfillMs ?? graceMs) > 0) return
  warn(
    [backfillMs === undefined ? 'grace' : 'backfill'],
    'an event that comes a millisecond after it happened triggers nothing',
    "write 'backfill:', such as 1d: how late an event may be and still ask for a decision",
  )
}
