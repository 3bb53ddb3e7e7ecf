import type { Candidate, Decision } from '../../schemas/generated.ts'
import { quietHoursBreach, zonesOfPerson } from './quiet-hours.ts'
import type { ActiveRelease } from './releases.ts'

/** A deferred decision that has not been taken again. */
export interface WaitingDecision {
  readonly occurredAt: number
  readonly journey: string
  readonly stage: string
  /** The size of the event that asked for it; 0 for none. */
  readonly bytes: number
  /** The time of the first decision for the same request. */
  readonly firstAt: number
  /** The time at which it must be taken again. */
  readonly notBefore: number
  /** The purposes and channels that it waits for. */
  readonly scopes: readonly Scope[]
}

/** A purpose and a channel that a candidate needs consent for. */
interface Scope {
  readonly purpose: string
  readonly channel: string
}

/** Describes a decision that was deferred; `bytes` is the size of the event that asked for it, `firstAt` the time. */
export function waitingDecision(
  { time, trigger, candidates }: Decision,
  { actions }: ActiveRelease,
  bytes: number,
  firstAt: number,
): WaitingDecision {
  const closed = candidates.filter(({ removedBy }) => removedBy?.stage === 'quiet_hours')
  const scopes = closed.map(({ actionId, channel }) => ({ purpose: actions.get(actionId)?.purpose ?? '', channel }))
  const { journey, stage } = trigger
  return { occurredAt: time.occurredAt, journey, stage, bytes, firstAt, notBefore: time.notBefore ?? 0, scopes }
}

/** Drops what a withdrawal covers, of every purpose or channel where that is null; null where nothing else is waited for. */
export function withoutScope(
  waiting: WaitingDecision,
  exemptPurposes: readonly string[],
  purpose: string | null,
  channel: string | null,
): WaitingDecision | null {
  const isCovered = (own: Scope): boolean =>
    !exemptPurposes.includes(own.purpose) &&
    (purpose ?? own.purpose) === own.purpose &&
    (channel ?? own.channel) === own.channel
  const scopes = waiting.scopes.filter(own => !isCovered(own))
  return scopes.length === 0 ? null : { ...waiting, scopes }
}

/** The deferred decisions of a person, by decision id. */
export type WaitingDecisions = ReadonlyMap<string, WaitingDecision>

const waitingMax = 50
const bytesMax = 64 * 1024
const minuteMs = 60_000
/** A channel that is closed for longer counts as closed for good. */
const horizonMs = 14 * 1440 * minuteMs

/**
 * Checks that the best candidate, among those that are open and those that only quiet hours keep out, decided whether to
 * wait, and until when; returns what differs, or null. `eventBytes` is the size of the event that asks, 0 for none.
 */
export function waitingBreach(
  decision: Decision,
  active: ActiveRelease,
  waiting: WaitingDecisions,
  eventBytes: number,
): string | null {
  const { outcome, time, explanation, trigger } = decision
  const { notBefore, decidedAt } = time
  const isOver = trigger.deferred.some(id => decidedAt - (waiting.get(id)?.firstAt ?? decidedAt) >= horizonMs)
  if (outcome.kind === 'DEFER') {
    if (isOver) return 'it has waited for fourteen days'
    if (notBefore === null || notBefore <= decidedAt) return 'it is deferred to no later time'
    const best = bestOf(decision, active, candidate => isOpenFrom(candidate, decision, active, notBefore))
    if (!best?.removedBy)
      return `none of the candidates that may wait is the best one and opens at the time it waits for`
    return null
  }
  if (explanation.reasons.includes('too-many-waiting'))
    return isFull(waiting, eventBytes) ? null : 'it could have waited'
  if (explanation.reasons.includes('waited-too-long')) return isOver ? null : 'it could have waited on'
  const best = bestOf(decision, active, candidate => opensInTime(candidate, decision, active))
  return best?.removedBy ? `${best.actionId} was the best candidate, and only quiet hours kept it out` : null
}

/** Whether so much waits that an event of this size is too much. */
const isFull = (waiting: WaitingDecisions, eventBytes: number): boolean =>
  waiting.size >= waitingMax || [...waiting.values()].reduce((sum, { bytes }) => sum + bytes, eventBytes) > bytesMax

/** Finds the best candidate that is open or, though quiet hours keep it out, may be waited for. */
function bestOf(
  { candidates }: Decision,
  { actions }: ActiveRelease,
  mayWait: (candidate: Candidate) => boolean,
): Candidate | undefined {
  const isMandatory = ({ actionId }: Candidate) => Number(actions.get(actionId)?.mandatory ?? false)
  const isClosed = ({ removedBy }: Candidate) => Number(removedBy !== null)
  const able = candidates.slice(0, -1).filter(({ removedBy }) => !removedBy || removedBy.stage === 'quiet_hours')
  return able
    .sort((a, b) => isMandatory(b) - isMandatory(a) || b.priority - a.priority || isClosed(a) - isClosed(b))
    .find(candidate => !candidate.removedBy || mayWait(candidate))
}

function isOpenFrom(
  { actionId, channel }: Candidate,
  { subject }: Decision,
  { release, actions }: ActiveRelease,
  at: number,
): boolean {
  const action = actions.get(actionId)
  if (!action || (action.validToMs !== null && action.validToMs < at)) return false
  const isClosedAt = (time: number) =>
    quietHoursBreach(release, channel, action.purpose, zonesOfPerson(subject.timeZone, release), time) !== null
  return !isClosedAt(at) && isClosedAt(at - 1)
}

/** Whether the candidate's channel opens within fourteen days, while its action is valid. */
function opensInTime(candidate: Candidate, decision: Decision, active: ActiveRelease): boolean {
  const { decidedAt } = decision.time
  const first = (Math.floor(decidedAt / minuteMs) + 1) * minuteMs
  for (let at = first; at <= decidedAt + horizonMs; at += minuteMs)
    if (isOpenFrom(candidate, decision, active, at)) return true
  return false
}
