import { Accepted, IdentityChange, Merge, Moved, Offer, PersonMembersRow, Refused } from '../../schemas/generated.ts'
import type { StreamRecord } from '../../schemas/record.ts'
import { table } from '../../state/table.ts'
import { identityRules } from '../deciding/active-release.ts'
import { type IdentifierRules, identifierRules } from '../identity/identifier-rules.ts'
import { exceededLimit, membersWith, withEdges } from '../identity/identity-members.ts'
import { type Emitted, operator, type Step, to } from '../operator.ts'

type Row = PersonMembersRow

const empty: Row = { members: [], edges: [], to: null, offer: null, inbox: [] }

/** The identifiers, open offer and merge target of each person. Persons that never met another one have no row. */
export const persons = table<Row>('persons', { schema: PersonMembersRow, empty })

const output = {
  merge: Merge,
  offer: Offer,
  accepted: Accepted,
  refused: Refused,
  moved: Moved,
  change: IdentityChange,
}
type PersonStep = Step<Row, typeof output>
/** The person's next row, and the records to emit. */
interface MergeResult {
  readonly row: Row
  readonly emit: readonly Emitted<typeof output>[]
}

/** The person that handles a record, the time, and the rules that hold. */
interface MergeContext {
  readonly personId: string
  readonly at: number
  readonly rules: IdentifierRules | null
}

/** Merges the larger of two persons into the smaller, if the limits allow it (docs/protocol.md, "Identity", 3 to 6). */
export const personMerging = operator({
  name: 'person-merging',
  input: { merge: Merge, offer: Offer, accepted: Accepted, refused: Refused },
  output,
  writes: persons,
  reads: { rules: identityRules },
  on: {
    merge: (record, row, { rules }): PersonStep => toStep(row, merge(contextOf(record, rules), row, record.value)),
    offer: (record, row, { rules }): PersonStep => toStep(row, offer(contextOf(record, rules), row, record.value)),
    accepted(record, row, { rules }): PersonStep {
      const { winner } = record.value
      const moved = { personId: record.key, to: winner }
      // The winner has the members and edges now; the stub only points.
      const stub = { ...empty, to: winner, inbox: row.inbox }
      return toStep(row, answerInbox(contextOf(record, rules), { row: stub, emit: [to('moved', moved)] }))
    },
    refused: (record, row, { rules }): PersonStep =>
      toStep(row, answerInbox(contextOf(record, rules), { row: { ...row, offer: null }, emit: [] })),
  },
})

const contextOf = (record: StreamRecord<unknown>, rules: Parameters<typeof identifierRules>[0]): MergeContext => ({
  personId: record.key,
  at: record.receivedAt,
  rules: identifierRules(rules),
})

/** Deletes the row of a person that has only its original identifier, and keeps any other. */
function toStep(before: Row, { row, emit }: MergeResult): PersonStep {
  if (row === before) return { emit }
  const alone = row.members.length === 0 && row.to === null && row.offer === null && row.inbox.length === 0
  return { row: alone ? null : row, emit }
}

/** Handles the records that waited for the verdict, in order; those that must wait again keep their order. */
const answerInbox = (context: MergeContext, { row, emit }: MergeResult): MergeResult =>
  row.inbox.reduce<MergeResult>(
    (result, waiting) => {
      const next =
        'joai.Merge' in waiting
          ? merge(context, result.row, waiting['joai.Merge'])
          : offer(context, result.row, waiting['joai.Offer'])
      return { row: next.row, emit: [...result.emit, ...next.emit] }
    },
    { row: { ...row, inbox: [] }, emit },
  )

function merge({ personId, at }: MergeContext, row: Row, value: Merge): MergeResult {
  const { other, edge } = value
  if (row.to !== null) return { row, emit: passedOn(personId, row.to, value) }
  if (row.offer !== null) return { row: { ...row, inbox: [...row.inbox, { 'joai.Merge': value }] }, emit: [] }
  const members = membersWith(personId, row.members, [], [edge], at)
  if (other === personId) return { row: { ...row, members, edges: withEdges(row.edges, [edge]) }, emit: [] }
  const offered = { personId: other, loser: personId, members, edges: [...row.edges, edge] }
  return { row: { ...row, offer: other }, emit: [to('offer', offered)] }
}

/** Forwards a link from a merged person to the person it merged into. Evidence about a single person goes along, or it would stay here for ever. */
function passedOn(personId: string, target: string, { other, edge }: Merge): MergeResult['emit'] {
  if (other === target) return []
  if (other === personId) return [to('merge', { personId: target, other: target, edge })]
  const [winner, loser] = target < other ? [target, other] : [other, target]
  return [to('merge', { personId: loser, other: winner, edge })]
}

function offer({ personId, at, rules }: MergeContext, row: Row, value: Offer): MergeResult {
  if (row.to !== null) return { row, emit: [to('offer', { ...value, personId: row.to })] }
  if (row.offer !== null) return { row: { ...row, inbox: [...row.inbox, { 'joai.Offer': value }] }, emit: [] }
  const { loser, edges } = value
  const members = membersWith(personId, row.members, value.members, edges, at)
  const reason = exceededLimit(members, rules, at)
  // The last edge is the one that made the loser offer itself.
  const verdict = { personId, other: loser, edges: edges.slice(-1), at }
  if (reason !== null)
    return {
      row,
      emit: [
        to('refused', { personId: loser, winner: personId, reason }),
        to('change', { ...verdict, kind: 'refused' as const, reason }),
      ],
    }
  return {
    row: { ...row, members, edges: withEdges(row.edges, edges) },
    emit: [
      to('accepted', { personId: loser, winner: personId }),
      to('change', { ...verdict, kind: 'merged' as const, reason: '' }),
    ],
  }
}
