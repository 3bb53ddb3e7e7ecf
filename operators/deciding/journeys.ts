import { eventFields, type Versions } from '../../schemas/catalog/event-reading.ts'
import {
  DeadLetter,
  type FeatureRow,
  JourneyEnded,
  type JourneyEnding,
  type JourneyRun,
  JourneysRow,
  PersonEvent,
} from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { table } from '../../state/table.ts'
import { letterOf } from '../event-letter.ts'
import { featureVector } from '../features/served.ts'
import { decisionIdOfEvent, decisionIdOfTimer } from '../hashing/ids.ts'
import {
  advanced,
  begun,
  deadlineOf,
  endedElsewhere,
  held,
  joinedJourneys,
  mayBegin,
  stageOf,
  withEnd,
} from '../journeys/journey-runs.ts'
import { compareText } from '../lists/compare.ts'
import { type Emitted, operator, type Step, to } from '../operator.ts'
import { triggersNothing } from '../release/backfill.ts'
import type { CompiledJourney, Witnessed } from '../release/compiled/compiled-journeys.ts'
import { type CompiledRelease, compiled } from '../release/compiled/compiled-release.ts'
import { featuresPart } from '../release/rules/scope-parts.ts'
import { DecisionRequest, requestOfTimer } from '../request.ts'
import { release } from './active-release.ts'
import { journeysRow1 } from './earlier-rows.ts'
import { eventTypeVersions } from './event-types.ts'
import { reference } from './reference-table.ts'
import { features } from './windowed-features.ts'

/** Holds the journeys that each person is on, and those that ended. */
export const journeyStates = table('journeys', {
  schema: JourneysRow,
  version: 2,
  previous: { 1: journeysRow1 },
  empty: { runs: [], ended: [] },
  merge: joinedJourneys,
  expires: row => row.runs.length + row.ended.length === 0,
})

/**
 * `cancel` takes the journeys that ended by a goal or an exit: their waiting sends are no longer needed. `failed` takes
 * a dead letter for each event on which a condition could not be evaluated.
 */
const output = { request: DecisionRequest, ended: JourneyEnded, cancel: JourneyEnded, failed: DeadLetter }
type JourneysStep = Step<JourneysRow, typeof output>

/**
 * Moves each person through the journeys of the release: events begin, hold and end a journey, and its timer moves it
 * to the next stage.
 */
export const journeys = operator({
  name: 'journeys',
  input: { event: PersonEvent },
  output,
  writes: journeyStates,
  reads: { release, features, reference, versions: eventTypeVersions },
  on: {
    event({ key, value: event, receivedAt: now }, row, reads): JourneysStep {
      const active = compiled(reads.release)
      if (!active?.journeys.events.has(event.type) || triggersNothing(event, now, active.release)) return {}
      const failures: string[] = []
      const witnessed = witnessedBy(active, event, reads, now, failures)
      const changes = new JourneyChanges(key, row, now)
      for (const run of row.runs) {
        const journey = active.journeys.byId.get(run.id)
        const how = journey && (endedElsewhere(run, row.ended) ?? endingOf(journey, witnessed))
        if (how) changes.end(run, how, { cancels: true })
        else changes.keep(journey ? held(journey, run, witnessed, now) : run)
      }
      const on = new Set(row.runs.map(({ id }) => id))
      for (const journey of active.journeys.byId.values()) {
        const isOnIt = on.has(journey.journey.id)
        if (!isOnIt && mayBegin(journey, row.ended, now) && journey.trigger(witnessed))
          changes.keep(begun(journey, now, decisionIdOfEvent(event, now)))
      }
      if (failures.length > 0)
        changes.report(letterOf(event, { reason: 'rule-error', detail: failureIn(failures) }, now))
      return changes.step(active)
    },
  },
  timer({ key, receivedAt: due }, row, reads): JourneysStep {
    const active = compiled(reads.release)
    if (!active) return {}
    const changes = new JourneyChanges(key, row, due)
    for (const run of row.runs) {
      const journey = active.journeys.byId.get(run.id)
      if (!journey || run.waitingUntil > due) {
        changes.keep(run)
        continue
      }
      const isOver = due >= deadlineOf(journey, run)
      const how = endedElsewhere(run, row.ended) ?? (isOver ? 'timeout' : null)
      if (how) changes.end(run, how, { cancels: false })
      else {
        const waited = stageOf(journey, run)?.stage
        if (waited?.decide) changes.ask(run, waited.id)
        changes.keep(advanced(journey, run, due))
      }
    }
    return changes.step(active)
  },
})

const endingOf = ({ goal, exit }: CompiledJourney, witnessed: Witnessed): JourneyEnding | null =>
  goal(witnessed) ? 'goal' : exit(witnessed) ? 'exit' : null

const failureIn = (conditions: readonly string[]): string =>
  `${conditions.join(', ')} could not be evaluated on this event, and counts as not met`

function witnessedBy(
  active: CompiledRelease,
  event: PersonEvent,
  reads: { readonly features: FeatureRow; readonly reference: Witnessed['rowOf'] } & Versions,
  now: Time,
  failures: string[],
): Witnessed {
  let served: ReturnType<typeof featuresPart> | undefined
  return {
    event,
    data: () => eventFields(event, active.catalog.events.get(event.type)!, reads),
    features() {
      served ??= featuresPart(featureVector(active, reads.features, now))
      return served
    },
    rowOf: reads.reference,
    now,
    failed: condition => {
      failures.push(condition)
    },
  }
}

/** Collects the changes that one event or one timer makes to the journeys of a person. */
class JourneyChanges {
  readonly #key: string
  readonly #row: JourneysRow
  readonly #now: Time
  readonly #runs: JourneyRun[] = []
  readonly #emit: Emitted<typeof output>[] = []
  #ended: JourneysRow['ended']

  constructor(key: string, row: JourneysRow, now: Time) {
    this.#key = key
    this.#row = row
    this.#now = now
    this.#ended = row.ended
  }

  keep(run: JourneyRun): void {
    this.#runs.push(run)
  }

  end({ id, stage }: JourneyRun, how: JourneyEnding, { cancels }: { readonly cancels: boolean }): void {
    const ended: JourneyEnded = { personId: this.#key, journeyId: id, stage, how, at: this.#now }
    this.#ended = withEnd(this.#ended, id, how, this.#now)
    this.#emit.push(to('ended', ended))
    if (cancels) this.#emit.push(to('cancel', ended))
  }

  ask({ id: journey, begunBy }: JourneyRun, stage: string): void {
    const decisionId = decisionIdOfTimer('journeys', [this.#key, journey, stage, begunBy], this.#now)
    this.#emit.push(to('request', requestOfTimer(decisionId, 'journeys', this.#now, { journey, stage, begunBy })))
  }

  report(letter: DeadLetter): void {
    this.#emit.push(to('failed', letter))
  }

  /** Runs of a journey that this release does not have stay as they are, since a later release may have it again. */
  step({ journeys }: CompiledRelease): JourneysStep {
    const known = this.#runs.filter(({ id }) => journeys.byId.has(id))
    const first = known.reduce((least, { waitingUntil }) => Math.min(least, waitingUntil), Number.POSITIVE_INFINITY)
    const timer = known.length > 0 ? Math.max(first, this.#now) : null
    const { runs } = this.#row
    const isSame = this.#runs.length === runs.length && this.#runs.every((run, n) => run === runs[n])
    const emit = this.#emit
    if (isSame) return known.length > 0 ? { emit, timer } : { emit }
    const sorted = [...this.#runs].sort((a, b) => compareText(a.id, b.id))
    return { row: { runs: sorted, ended: this.#ended }, emit, timer }
  }
}
