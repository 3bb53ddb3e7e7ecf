import type { Decision, Send } from '../../schemas/generated.ts'
import { channelsAmong, sendsOn } from '../../schemas/topics.ts'
import { decodeValue } from '../../schemas/wire.ts'
import { topicRecords } from '../../topology/log/log-reader.ts'
import type { Extent } from './extent.ts'
import { fingerprint } from './hashes.ts'
import { type IdTable, marks } from './id-table.ts'
import type { ActiveRelease } from './releases.ts'
import type { DecisionRef, Findings } from './report.ts'

/** A cancelled send, its person, and the reason. */
export type Cancellation = Pick<Send, 'decisionId' | 'reason' | 'personId'>

/** Cancellations by the record of `people`, as `partition/offset`, that caused them. */
export type Cancellations = ReadonlyMap<string, readonly Cancellation[]>

/** Marks every send in the table of ids and collects the cancellations, in one pass over the topics. */
export async function readSends(extent: Extent, ids: IdTable, findings: Findings): Promise<Cancellations> {
  const cancellations = new Map<string, Cancellation[]>()
  for (const channel of channelsAmong(extent.log.topics().keys())) {
    for await (const record of topicRecords(extent.log, sendsOn(channel).name)) {
      if (extent.isUnderWay(record.cause)) continue
      const send = decodeValue(sendsOn(channel).types.send, record.value)
      const position = { topic: sendsOn(channel).name, partition: record.partition, offset: record.offset }
      const where = { decisionId: send.decisionId, position }
      if (send.kind === 'send') noteSend(send, channel, where, ids, findings)
      else {
        findings.check('sends', where, cancelBreach(send, channel, ids, record.cause !== undefined))
        const by = `${record.cause?.source.split('/').at(-1)}/${record.cause?.position}`
        cancellations.set(by, [...(cancellations.get(by) ?? []), send])
      }
    }
  }
  return cancellations
}

function noteSend(send: Send, channel: string, where: DecisionRef, ids: IdTable, findings: Findings): void {
  if (send.channel !== channel) findings.check('sends', where, `a send by ${send.channel} on the topic of ${channel}`)
  findings.check('ids', where, keyBreach(send))
  if (ids.marksOf(send.decisionId) & marks.sent) findings.check('sends', where, 'sent a second time')
  ids.mark(send.decisionId, marks.sent)
  ids.setFingerprint(send.decisionId, fingerprintOf(send))
}

/** Checks the key by which channels find repeated sends. Each decision sends once, so its own key is nobody else's. */
const keyBreach = ({ decisionId, idempotencyKey }: Send): string | null =>
  idempotencyKey === `${decisionId}/0` ? null : `its idempotency key is '${idempotencyKey}'`

function cancelBreach(send: Send, channel: string, ids: IdTable, hasCause: boolean): string | null {
  if (!hasCause) return 'a cancellation that names no cause'
  if (!(ids.marksOf(send.decisionId) & marks.sent)) return 'a cancellation of a send that was not made before it'
  return ids.fingerprint(send.decisionId) === fingerprintOf({ ...send, channel })
    ? null
    : 'it cancels a send that differs from the one that was made'
}

const fingerprintOf = (
  send: Pick<Send, 'idempotencyKey' | 'personId' | 'actionId' | 'treatmentId' | 'channel' | 'purpose'>,
) => fingerprint(send.idempotencyKey, send.personId, send.actionId, send.treatmentId, send.channel, send.purpose)

/** Checks that exactly the send that a decision asks for exists; returns what differs, or null. */
export function sendBreach(decision: Decision, active: ActiveRelease, ids: IdTable): string | null {
  const { decisionId, slot, subject, outcome } = decision
  if (outcome.idempotencyKey !== `${decisionId}/${slot}`) return `its idempotency key is ${outcome.idempotencyKey}`
  if (!(ids.marksOf(decisionId) & marks.sent)) return `nothing was sent on sends.${outcome.channel}`
  const purpose = active.actions.get(outcome.actionId)?.purpose ?? ''
  const asked = fingerprintOf({ ...outcome, personId: subject.personId, purpose })
  return ids.fingerprint(decisionId) === asked ? null : 'the send differs from the decision'
}
