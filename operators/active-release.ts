import { Control, ReleaseRow } from '../schemas/generated.ts'
import { shape } from '../schemas/schema.ts'
import { type Table, table } from '../state/table.ts'
import { operator, type Step } from './operator.ts'
import { releaseHash } from './release/canonical.ts'
import { compiled } from './release/compiled.ts'

const empty: ReleaseRow = { document: '', hash: '', stopped: [] }

/** The release that a partition of deciding has accepted, and the actions stopped since. */
export const release = table<ReleaseRow>('release', { schema: ReleaseRow, scope: 'partition', empty })

/** The same for a partition of stitching, which takes its identifiers' limits from it. */
export const identityRules = table<ReleaseRow>('identity-rules', { schema: ReleaseRow, scope: 'partition', empty })

const nothing = shape<never>('nothing')

/** Keeps the newest release in this table; a release lifts the stops that came before it. */
export const activeReleaseIn = (name: string, writes: Table<ReleaseRow>) =>
  operator({
    name,
    input: { control: Control },
    output: nothing,
    writes,
    on: {
      control({ value }, row): Step<ReleaseRow, typeof nothing> {
        const document = sealedObject(value)
        if (typeof document === 'string') return { reject: { reason: `bad-${value.kind}`, detail: document } }
        if (value.kind === 'release') return accepted({ document: value.document, hash: value.hash, stopped: [] })
        const { actionId } = document
        if (typeof actionId !== 'string') return { reject: { reason: 'bad-stop', detail: 'it names no actionId' } }
        if (row.stopped.includes(actionId)) return {}
        return { row: { ...row, stopped: [...row.stopped, actionId].sort() } }
      },
    },
  })

/** Keeps the release that deciding decides by. */
export const activeRelease = activeReleaseIn('active-release', release)

/** Keeps the release that stitching links and merges by. */
export const activeIdentityRules = activeReleaseIn('active-identity-rules', identityRules)

/** What does not compile would stop every partition at its next record: it is refused here. */
function accepted(row: ReleaseRow): Step<ReleaseRow, typeof nothing> {
  try {
    compiled(row)
    return { row }
  } catch (error) {
    return { reject: { reason: 'bad-release', detail: `it does not compile: ${(error as Error).message}` } }
  }
}

/** The document, if it is what its hash says and a JSON object; else, in words, why not. */
function sealedObject({ document, hash }: Control): Readonly<Record<string, unknown>> | string {
  if (releaseHash(document) !== hash) return 'its hash is not that of its document'
  try {
    const parsed: unknown = JSON.parse(document)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Readonly<Record<string, unknown>>
  } catch {}
  return 'its document is not a JSON object'
}
