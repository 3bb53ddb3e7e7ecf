import { Control, Quarantine, ReleaseRow } from '../../schemas/generated.ts'
import { type SharedTable, type Table, table } from '../../state/table.ts'
import { controlError } from '../intake/control-checks.ts'
import { nothing } from '../nothing.ts'
import { operator, type Step } from '../operator.ts'
import { earlierKey, earlierRelease, earlierRules, fallbackTo, wentBack } from './earlier-release.ts'

const releaseTable = (name: string, from: SharedTable<ReleaseRow>) =>
  table<ReleaseRow>(name, {
    schema: ReleaseRow,
    scope: 'partition',
    empty: { document: '', hash: '', stopped: [] },
    fallback: fallbackTo(from),
  })

/** Holds the release that a partition of deciding has accepted, and the actions stopped since. */
export const release = releaseTable('release', earlierRelease)

/** Holds the same for a partition of stitching, which takes the limits of identifiers from it. */
export const identityRules = releaseTable('identity-rules', earlierRules)

/**
 * Keeps the newest release in this table. A release lifts the stops that came before it. Intake has checked the record,
 * but maybe an older version of intake did, so a document that would stop the partition is refused here too. Under a
 * release that is quarantined the one before goes on.
 */
const activeReleaseIn = (name: string, writes: Table<ReleaseRow>, before: SharedTable<ReleaseRow>) =>
  operator({
    name,
    input: { control: Control, quarantine: Quarantine },
    output: nothing,
    writes,
    reads: { before },
    on: {
      control({ value }, row): Step<ReleaseRow, typeof nothing> {
        const reject = controlError(value)
        if (reject) return { reject }
        const { kind, document, hash } = value
        if (kind === 'release') return { row: { document, hash, stopped: [] } }
        const { actionId } = JSON.parse(document) as { readonly actionId: string }
        if (row.stopped.includes(actionId)) return {}
        return { row: { ...row, stopped: [...row.stopped, actionId].sort() } }
      },
      quarantine({ value }, row, { before }): Step<ReleaseRow, typeof nothing> {
        const earlier = row.hash === value.hash ? before(earlierKey) : undefined
        const back = earlier && wentBack(row, earlier)
        return back ? { row: back } : {}
      },
    },
  })

/** Keeps the release that deciding uses. */
export const activeRelease = activeReleaseIn('active-release', release, earlierRelease)

/** Keeps the release that stitching uses. */
export const activeIdentityRules = activeReleaseIn('active-identity-rules', identityRules, earlierRules)

/** Keeps the release that was in force before a new one. It never keeps one that was quarantined. */
const earlierReleaseIn = (name: string, writes: SharedTable<ReleaseRow>, current: Table<ReleaseRow>) =>
  operator({
    name,
    input: { control: Control, quarantine: Quarantine },
    output: nothing,
    writes,
    reads: { current },
    on: {
      control({ value }, _, { current }): Step<ReleaseRow, typeof nothing> {
        const isNext = value.kind === 'release' && current.document !== '' && current.hash !== value.hash
        return isNext && controlError(value) === null ? { row: current } : {}
      },
      quarantine: ({ value }, row): Step<ReleaseRow, typeof nothing> => (row.hash === value.hash ? { row: null } : {}),
    },
  })

/** Keeps the earlier release of deciding. */
export const keepEarlierRelease = earlierReleaseIn('earlier-release', earlierRelease, release)

/** Keeps the earlier release of stitching. */
export const keepEarlierRules = earlierReleaseIn('earlier-identity-rules', earlierRules, identityRules)
