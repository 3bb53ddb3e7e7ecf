import { Control, ReleaseRow } from '../../schemas/generated.ts'
import { type Table, table } from '../../state/table.ts'
import { controlError } from '../intake/control-checks.ts'
import { nothing } from '../nothing.ts'
import { operator, type Step } from '../operator.ts'

const empty: ReleaseRow = { document: '', hash: '', stopped: [] }

/** The release that a partition of deciding has accepted, and the actions stopped since. */
export const release = table<ReleaseRow>('release', { schema: ReleaseRow, scope: 'partition', empty })

/** The same for a partition of stitching, which takes its identifiers' limits from it. */
export const identityRules = table<ReleaseRow>('identity-rules', { schema: ReleaseRow, scope: 'partition', empty })

/**
 * Keeps the newest release in this table; a release lifts the stops that came before it. The door has checked what
 * comes, but maybe an older version's: what would stop the partition is refused here too.
 */
const activeReleaseIn = (name: string, writes: Table<ReleaseRow>) =>
  operator({
    name,
    input: { control: Control },
    output: nothing,
    writes,
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
    },
  })

/** Keeps the release that deciding decides by. */
export const activeRelease = activeReleaseIn('active-release', release)

/** Keeps the release that stitching links and merges by. */
export const activeIdentityRules = activeReleaseIn('active-identity-rules', identityRules)
