import {
  AgendaRow,
  type FeatureRow,
  type LedgerDeferral,
  type LedgerRow,
  PersonEvent,
} from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { table } from '../../state/table.ts'
import { scopesOf } from '../consent/consent-scopes.ts'
import { localeOf } from '../consent/locale.ts'
import { closedBy, openingFor, possibleZones, quietHoursFor } from '../contact-policy/quiet-hours.ts'
import { decisionIdOfEvent, decisionIdOfTimer } from '../hashing/ids.ts'
import { operator, type Step } from '../operator.ts'
import { triggersNothing } from '../release/backfill.ts'
import { type CompiledRelease, compiled } from '../release/compiled/compiled-release.ts'
import type { QuietHours } from '../release/release.ts'
import { DecisionRequest, requestOfTimer } from '../request.ts'
import { release } from './active-release.ts'
import { ledger } from './fatigue-ledger.ts'
import { features } from './windowed-features.ts'

const wakeups = table('agenda', {
  schema: AgendaRow,
  empty: { wakes: 0 },
  merge: (into, from): AgendaRow => ({ wakes: into.wakes + from.wakes }),
})

/**
 * Requests a decision for each trigger and for each journey stage that asks for one. If quiet hours close a channel then, it
 * requests another decision when the first closed channel opens.
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
    const { deferred } = reads.ledger
    if (!active || !deferred) return {}
    if (deferred.notBefore > due) return { row, timer: deferred.notBefore }
    return {
      row: { wakes: row.wakes + 1 },
      emit: [
        requestOfTimer(
          decisionIdOfTimer('agenda', [key, ...deferred.decisionIds], due),
          'agenda',
          due,
          waitingIn(deferred),
        ),
      ],
      timer: firstOpening(active, reads.features, due),
    }
  },
})

function requestOfEvent(event: PersonEvent, receivedAt: Time): DecisionRequest {
  const { origin, source, eventId, type, occurredAt } = event
  const trigger = { origin, source, eventId, type, journey: '', stage: '', deferred: [] }
  return { decisionId: decisionIdOfEvent(event, receivedAt), trigger, occurredAt, event }
}

/** The deferred decisions that one new decision replaces, and the journey stage among them, if there is one. */
function waitingIn({ decisionIds, waiting }: LedgerDeferral) {
  const { journey, stage } = waiting.find(one => one.journey !== '') ?? { journey: '', stage: '' }
  return { deferred: decisionIds, journey, stage }
}

/** Emits the request, and sets a timer for the time at which the first closed channel opens. */
function asked(
  request: DecisionRequest,
  row: AgendaRow,
  active: CompiledRelease,
  reads: { readonly features: FeatureRow; readonly ledger: LedgerRow },
  now: Time,
): Step<AgendaRow, typeof DecisionRequest> {
  const emit = [request]
  const opening = firstOpening(active, reads.features, now)
  if (opening === null) return { emit }
  // The new time replaces one that may stand for a deferral, so it must not be later than the deferral's.
  const waiting = reads.ledger.deferred?.notBefore ?? opening
  return { row, emit, timer: waiting > now ? Math.min(waiting, opening) : opening }
}

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
