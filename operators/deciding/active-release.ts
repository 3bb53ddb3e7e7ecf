import { Control, ReleaseRow } from '../../schemas/generated.ts'
import { type Table, table } from '../../state/table.ts'
import { controlError } from '../intake/control-checks.ts'
import { nothing } from '../nothing.ts'
import { operator, type Step } from '../operator.ts'

const empty: ReleaseRow = { document: '', hash: '', stopped: [] }

/** Holds the release that a partition of deciding has accepted, and the actions stopped since. */
export const release = table<ReleaseRow>('release', { schema: ReleaseRow, scope: 'partition', empty })

/** Holds the same for a partition of stitching, which takes the limits of identifiers from it. */
export const identityRules = table<ReleaseRow>('identity-rules', { schema: ReleaseRow, scope: 'partition', empty })

/**
 * Keeps the newest release in this table. A release lifts the stops that came before it. Intake has checked the record,
 * but maybe an older version of intake did, so a document that would stop the partition is refused here too.
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

/** Keeps the release that deciding uses. */
export const activeRelease = activeReleaseIn('active-release', release)

/** Keeps the release that stitching uses. */
export const activeIdentityRules = activeReleaseIn('active-identity-rules', identityRules)
