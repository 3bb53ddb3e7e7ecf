import {
  AgendaRow,
  type FeatureRow,
  type LedgerDeferral,
  type LedgerRow,
  PersonEvent,
  type WaitingRequest,
} from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { table } from '../../state/table.ts'
import { scopesOf } from '../consent/consent-scopes.ts'
import { localeOf } from '../consent/locale.ts'
import { dueAt } from '../contact-policy/deferrals.ts'
import { closedBy, openingFor, possibleZones, quietHoursFor } from '../contact-policy/quiet-hours.ts'
import { hasRoom, joinedRequests, mayWaitOn, waitingOf } from '../contact-policy/waiting-requests.ts'
import { decisionIdOfEvent, decisionIdOfTimer } from '../hashing/ids.ts'
import { operator, type Step } from '../operator.ts'
import { triggersNothing } from '../release/backfill.ts'
import { type CompiledRelease, compiled } from '../release/compiled/compiled-release.ts'
import type { QuietHours } from '../release/release.ts'
import { DecisionRequest, requestOfTimer } from '../request.ts'
import { release } from './active-release.ts'
import { agendaRow1, agendaRow2 } from './earlier-rows.ts'
import { ledger } from './fatigue-ledger.ts'
import { features } from './windowed-features.ts'

const wakeups = table('agenda', {
  schema: AgendaRow,
  version: 3,
  previous: { 1: agendaRow1, 2: agendaRow2 },
  empty: { wakes: 0, waiting: [] },
  merge: (into, from): AgendaRow => ({
    wakes: into.wakes + from.wakes,
    waiting: joinedRequests(into.waiting, from.waiting),
  }),
})

/**
 * Requests a decision for each trigger and for each journey stage that asks for one. If quiet hours close a channel then,
 * it keeps the request: each one that was deferred is asked again, with the event that asked, when its deferral ends.
 */
export const agenda = operator({
  name: 'agenda',
  input: { event: PersonEvent, request: DecisionRequest },
  output: DecisionRequest,
  writes: wakeups,
  reads: { release, features, ledger },
  on: {
    event({ value: event, receivedAt: now }, row, reads) {
      const active = compiled(reads.release)
      if (!active?.triggers.has(event.type) || triggersNothing(event, now, active.release)) return {}
      return asked(requestOfEvent(event, now), row, active, reads, now)
    },
    request({ value: request, receivedAt: now }, row, reads) {
      const active = compiled(reads.release)
      return active ? asked(request, row, active, reads, now) : {}
    },
  },
  timer({ key, receivedAt: due }, row, reads) {
    const active = compiled(reads.release)
    if (!active) return {}
    const { deferred } = reads.ledger
    const waiting = stillWaiting(row, deferred)
    const isDue = ({ decisionId }: WaitingRequest) => dueAt(deferred, decisionId)! <= due
    const again = waiting.filter(isDue)
    const asked = again.map(request => askedAgain(key, request, due))
    const later = waiting.filter(one => !isDue(one))
    const next = firstTime(later.map(({ decisionId }) => dueAt(deferred, decisionId)!))
    if (asked.length === 0) return { row: { ...row, waiting: later }, timer: next }
    const opening = firstOpening(active, reads.features, due)
    const kept = opening === null ? [] : asked.map((request, n) => waitingOf(request, again[n]!.askedAt))
    return {
      row: { wakes: row.wakes + asked.length, waiting: joinedRequests(later, kept) },
      emit: asked,
      timer: firstTime([next, opening]),
    }
  },
})

function requestOfEvent(event: PersonEvent, receivedAt: Time): DecisionRequest {
  const { origin, source, eventId, type, occurredAt } = event
  const trigger = { origin, source, eventId, type, journey: '', stage: '', begunBy: '', deferred: [] }
  return { decisionId: decisionIdOfEvent(event, receivedAt), trigger, occurredAt, event, canWait: true }
}

/** Asks for a deferred decision again. */
function askedAgain(key: string, waiting: WaitingRequest, due: Time): DecisionRequest {
  const { decisionId, askedAt, journey, stage, event } = waiting
  const id = decisionIdOfTimer('agenda', [key, decisionId], due)
  const request = requestOfTimer(id, 'agenda', due, { deferred: [decisionId], journey, stage }, event)
  return mayWaitOn(askedAt, due) ? request : { ...request, canWait: false }
}

/**
 * Lists the kept requests whose decisions are still deferred. A deferral of version 1 kept no requests: its decisions are
 * asked again without an event.
 */
function stillWaiting({ waiting }: AgendaRow, deferred: LedgerDeferral | null): readonly WaitingRequest[] {
  if (deferred === null) return waiting.length === 0 ? waiting : []
  const kept = waiting.filter(({ decisionId }) => deferred.decisionIds.includes(decisionId))
  const unkept = deferred.decisionIds.filter(id => !kept.some(({ decisionId }) => decisionId === id))
  if (unkept.length === 0) return kept
  const { journey, stage } = deferred.waiting.find(one => one.journey !== '') ?? { journey: '', stage: '' }
  const askedAt = deferred.notBefore
  return joinedRequests(
    unkept.map(decisionId => ({ decisionId, askedAt, journey, stage, event: null })),
    kept,
  )
}

/** Emits the request. If a channel is closed, keeps the request too, and sets a timer for when the first one opens. */
function asked(
  request: DecisionRequest,
  row: AgendaRow,
  active: CompiledRelease,
  reads: { readonly features: FeatureRow; readonly ledger: LedgerRow },
  now: Time,
): Step<AgendaRow, typeof DecisionRequest> {
  const opening = firstOpening(active, reads.features, now)
  if (opening === null) return { emit: [request] }
  const { deferred } = reads.ledger
  const waiting = stillWaiting(row, deferred)
  // The new time replaces one that may stand for a deferral, so it must not be later than the deferral's.
  const timer = deferred && deferred.notBefore > now ? Math.min(deferred.notBefore, opening) : opening
  if (!hasRoom(waiting, request.event))
    return { row: { ...row, waiting }, emit: [{ ...request, canWait: false }], timer }
  return { row: { ...row, waiting: joinedRequests(waiting, [waitingOf(request, now)]) }, emit: [request], timer }
}

const firstTime = (times: readonly (Time | null)[]): Time | null =>
  times.reduce((first, time) => (first === null || (time !== null && time < first) ? time : first), null)

/**
 * The time at which the first channel that quiet hours close to this person at `now` opens; null if none is closed or
 * none opens.
 */
function firstOpening(active: CompiledRelease, row: FeatureRow, now: Time): Time | null {
  const quietHours = quietHoursInUse(active)
  if (quietHours.length === 0) return null
  const zones = possibleZones(localeOf(active, row, now).timeZone, active.release.person.country)
  let first: Time | null = null
  for (const quiet of quietHours) {
    const opening = closedBy(quiet, zones, now) ? openingFor(quiet, zones, now) : null
    if (opening !== null && (first === null || opening < first)) first = opening
  }
  return first
}

const inUse = new WeakMap<CompiledRelease, readonly (readonly QuietHours[])[]>()

/** Lists the combinations of quiet hours that candidates must keep, each combination once. */
function quietHoursInUse(active: CompiledRelease): readonly (readonly QuietHours[])[] {
  let found = inUse.get(active)
  if (!found) {
    const all = scopesOf(active).map(({ channel, purpose }) =>
      quietHoursFor(active.release.quietHours, channel, purpose),
    )
    const byName = new Map(all.map(quiet => [quiet.map(({ id }) => JSON.stringify(id)).join(), quiet]))
    found = [...byName.values()].filter(quiet => quiet.length > 0)
    inUse.set(active, found)
  }
  return found
}
