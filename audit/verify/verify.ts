import { topics } from '../../schemas/topics.ts'
import type { Log } from '../../topology/log/log.ts'
import { marks } from './id-table.ts'
import type { VerifyReport } from './report.ts'
import { Walk } from './walk.ts'
import { became, type World, worldOf } from './world.ts'

export type { Law, LawReport, VerifyReport, Violation } from './report.ts'

/** Checks every decision of a log from the log alone, by other code than the operators'. */
export async function verify(log: Log): Promise<VerifyReport> {
  const world = await worldOf(log)
  await walkAll(world)
  closeIds(world)
  world.claims.close(world.findings, personId => became(world, personId))
  return world.findings.report(world)
}

/** Rows of merged persons lead from one partition to another, so the walks take turns. */
async function walkAll(world: World): Promise<void> {
  const partitions = world.log.topics().get(topics.people.name) ?? 0
  if (partitions !== (world.log.topics().get(topics.decisions.name) ?? 0))
    throw new Error(`'${topics.people.name}' and '${topics.decisions.name}' must have equally many partitions`)
  let walks = Array.from({ length: partitions }, (_, partition) => new Walk(world, partition))
  for (let force = false; walks.length > 0; ) {
    let taken = 0
    const left: Walk[] = []
    for (const walk of walks) {
      const turn = await walk.run({ force: force && taken === 0 })
      taken += turn.taken
      if (!turn.done) left.push(walk)
    }
    walks = left
    force = taken === 0
  }
}

function closeIds({ ids, findings, cancellations, cancelled }: World): void {
  const at = (decisionId: string) => ({ decisionId, position: null })
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
