import { channelsAmong, sendsOn, topics } from '../schemas/topics.ts'
import { decodeValue, typeOf } from '../schemas/wire.ts'
import type { Log } from '../topology/log/log.ts'
import { assertWhole } from '../topology/log/log-reader.ts'
import { type AuditState, readAuditState, resolveMerges } from './audit-state.ts'
import { idOfEventDecision } from './laws/hashes.ts'
import { marks } from './laws/id-table.ts'
import type { VerifyReport } from './laws/report.ts'
import { PartitionAudit } from './partition-audit.ts'

const { people, decisions } = topics

/**
 * Checks every decision of a log from the log alone, with code that shares nothing with the operators. What a run is about to
 * decide meanwhile is not judged; `grows` says that a process writes to the log. Throws `log-incomplete` if records were deleted
 * that later ones depend on, and `log-of-other-version`.
 */
export async function verify(log: Log, { grows = false }: { readonly grows?: boolean } = {}): Promise<VerifyReport> {
  await assertWhole(log, [
    people.name,
    decisions.name,
    ...channelsAmong(log.topics().keys()).map(channel => sendsOn(channel).name),
  ])
  const state = await readAuditState(log)
  await auditPartitions(state)
  await checkUnfinished(state)
  state.pendingRewards.checkAll(state.findings, personId => resolveMerges(state, personId))
  return state.findings.report({ outcomes: state.outcomes, grows, undecided: state.extent.undecided })
}

/** Audits the partitions in turns, because the rows of merged persons move from one partition to another. */
async function auditPartitions(state: AuditState): Promise<void> {
  const partitions = state.log.topics().get(people.name) ?? 0
  if (partitions !== (state.log.topics().get(decisions.name) ?? 0))
    throw new Error(`'${people.name}' and '${decisions.name}' must have equally many partitions`)
  let audits = Array.from({ length: partitions }, (_, partition) => new PartitionAudit(state, partition))
  for (let force = false; audits.length > 0; ) {
    let taken = 0
    const left: PartitionAudit[] = []
    for (const audit of audits) {
      const turn = await audit.run({ force: force && taken === 0 })
      taken += turn.taken
      if (!turn.done) left.push(audit)
    }
    audits = left
    force = taken === 0
  }
}

async function checkUnfinished({ ids, findings, cancellations, cancelled, extent }: AuditState): Promise<void> {
  const at = (decisionId: string) => ({ decisionId, position: null })
  for await (const { value, timestamp } of extent.rest())
    if (typeOf(topics.people, value) === 'event')
      ids.mark(idOfEventDecision(decodeValue(topics.people.types.event, value), timestamp), marks.seen)
  for (const id of ids.find(marks.forwarded, marks.seen))
    findings.check('one-decision-per-trigger', at(id), 'its event was passed on by a merged person, and never arrived')
  for (const id of ids.find(marks.sent, marks.wantsSend))
    findings.check('sends', at(id), 'no decision asked for this send')
  for (const { decisionId } of [...cancellations.values()].flat())
    if (!cancelled.has(decisionId))
      findings.check(
        'sends',
        at(decisionId),
        'it was cancelled, though no consent for it was withdrawn, no journey of it ended, and its action was not stopped',
      )
}
