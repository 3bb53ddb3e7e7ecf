import type {
  DeadLetter,
  Decision,
  IdentityChange,
  JourneyEnded,
  PersonReceipt,
  Send,
} from '../../schemas/generated.ts'
import { days, type Time } from '../../schemas/record.ts'
import { channelsAmong, sendsOn, topics } from '../../schemas/topics.ts'
import type { Log } from '../../topology/log/log.ts'
import { values } from '../logs/summary.ts'
import { TopicCursor } from '../logs/topic-cursor.ts'

/** Counts of the hard cases, from the logs alone. */
export interface Coverage {
  /** Merges of two persons who both had been contacted. */
  readonly mergesWithContactsOnBothSides: number
  /** Decisions in which a cap or the budget removed a candidate. */
  readonly capsBinding: number
  /** Deferred decisions that were repeated. */
  readonly deferralsDecidedAgain: number
  /** Withdrawals of consent that cancelled a send. */
  readonly withdrawalsThatCancelled: number
  /** Sends that bounced or were rejected while their contact was reserved. */
  readonly reservationsReturned: number
  /** Decisions in which an earlier outcome removed a candidate. */
  readonly suppressions: number
  /** Time zones in which quiet hours removed a candidate. */
  readonly quietHourZones: number
  /** Decisions in which consent removed a candidate. */
  readonly consentsRefused: number
  /** Decisions in which an experiment held back a candidate. */
  readonly holdouts: number
  /** Decisions that an experiment made at random. */
  readonly randomArms: number
  /** Records that came after the grace period. */
  readonly lateRecords: number
  readonly journeysEndedByGoal: number
  readonly journeysEndedByExit: number
  readonly journeysEndedByTimeout: number
  /** Receipts of decisions that were never sent to their person. */
  readonly unknownReceipts: number
  /** Receipts with the id of an earlier receipt. */
  readonly duplicateReceipts: number
  /** Receipts that came more than a day after their outcome. */
  readonly lateReceipts: number
}

/** Counts the hard cases in one pass over the public logs and the receipts on `people`. */
export async function coverageOf(log: Log): Promise<Coverage> {
  const sent = await sentOf(log)
  const reasons = await tallyOf(values<DeadLetter>(log, topics.deadLetters, 'letter'), ({ reason }) => reason)
  const endings = await tallyOf(values<JourneyEnded>(log, topics.journeys, 'ended'), ({ how }) => how)
  return {
    mergesWithContactsOnBothSides: await mergesOf(log, sent),
    ...(await removalsOf(log)),
    withdrawalsThatCancelled: sent.withdrawals.size,
    ...(await receiptsOf(log, sent)),
    lateRecords: reasons.get('too-late') ?? 0,
    journeysEndedByGoal: endings.get('goal') ?? 0,
    journeysEndedByExit: endings.get('exit') ?? 0,
    journeysEndedByTimeout: endings.get('timeout') ?? 0,
    unknownReceipts: reasons.get('unknown-receipt') ?? 0,
  }
}

async function tallyOf<V>(all: AsyncIterable<V>, name: (value: V) => string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for await (const value of all) counts.set(name(value), (counts.get(name(value)) ?? 0) + 1)
  return counts
}

/** The sends, indexed by person and decision. */
interface SendIndex {
  /** The time of each person's first send that was not cancelled. */
  readonly first: ReadonlyMap<string, Time>
  /** Decisions whose sends were not cancelled. */
  readonly delivered: ReadonlySet<string>
  /** The causes of cancellations. */
  readonly withdrawals: ReadonlySet<string>
}

async function sentOf(log: Log): Promise<SendIndex> {
  const all = (
    await Promise.all(
      channelsAmong(log.topics().keys()).map(channel =>
        TopicCursor.fromStart<Send>(log, sendsOn(channel), 'send').next(),
      ),
    )
  ).flat()
  const cancels = all.filter(({ value }) => value.kind === 'cancel')
  const cancelled = new Set(cancels.map(({ value }) => value.decisionId))
  const first = new Map<string, Time>()
  const delivered = new Set<string>()
  for (const { value, timestamp } of all) {
    if (cancelled.has(value.decisionId)) continue
    delivered.add(value.decisionId)
    first.set(value.personId, Math.min(timestamp, first.get(value.personId) ?? timestamp))
  }
  return { first, delivered, withdrawals: new Set(cancels.map(({ causeId }) => causeId)) }
}

async function mergesOf(log: Log, { first }: SendIndex): Promise<number> {
  const merges: IdentityChange[] = []
  for await (const change of values<IdentityChange>(log, topics.identityChanges, 'change'))
    if (change.kind === 'merged') merges.push(change)
  const contacted = new Map(first)
  let count = 0
  for (const { personId, other, at } of merges.sort((a, b) => a.at - b.at)) {
    const [winner, loser] = [contacted.get(personId), contacted.get(other)]
    if (winner !== undefined && loser !== undefined && winner < at && loser < at) count++
    if (loser !== undefined) contacted.set(personId, Math.min(loser, winner ?? loser))
  }
  return count
}

async function removalsOf(log: Log) {
  const zones = new Set<string>()
  let capsBinding = 0
  let deferralsDecidedAgain = 0
  let suppressions = 0
  let consentsRefused = 0
  let holdouts = 0
  let randomArms = 0
  for await (const { candidates, subject, trigger, learning } of values<Decision>(log, topics.decisions, 'decision')) {
    const stages = new Set(candidates.map(({ removedBy }) => removedBy?.stage))
    if (stages.has('cap') || stages.has('budget')) capsBinding++
    if (stages.has('suppression')) suppressions++
    if (stages.has('consent')) consentsRefused++
    if (stages.has('experiment')) holdouts++
    if (learning.arm === 'random') randomArms++
    if (stages.has('quiet_hours') && subject.timeZone !== '') zones.add(subject.timeZone)
    deferralsDecidedAgain += trigger.deferred.length
  }
  const quietHourZones = zones.size
  return { capsBinding, deferralsDecidedAgain, suppressions, consentsRefused, quietHourZones, holdouts, randomArms }
}

async function receiptsOf(log: Log, { delivered }: SendIndex) {
  const returned = new Set<string>()
  const origins = new Set<string>()
  const ids = new Set<string>()
  let lateReceipts = 0
  for (const { value, timestamp } of await TopicCursor.fromStart<PersonReceipt>(log, topics.people, 'receipt').next()) {
    const { kind, decisionId, receiptId, occurredAt, origin } = value
    const from = `${origin.topic}/${origin.partition}/${origin.offset}`
    // A forwarded receipt stands on `people` once for each hop.
    if (origins.has(from)) continue
    origins.add(from)
    ids.add(receiptId)
    if (timestamp - occurredAt > days(1)) lateReceipts++
    if ((kind === 'bounced' || kind === 'rejected') && delivered.has(decisionId)) returned.add(decisionId)
  }
  return { reservationsReturned: returned.size, duplicateReceipts: origins.size - ids.size, lateReceipts }
}
