import {
  type FeatureRow,
  JourneyEnded,
  type JourneyEnding,
  type JourneyRun,
  JourneysRow,
  PersonEvent,
} from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { table } from '../../state/table.ts'
import { featureVector } from '../features/served.ts'
import { decisionIdOfTimer } from '../hashing/ids.ts'
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
import type { CompiledJourney, Witnessed } from '../release/compiled/compiled-journeys.ts'
import { type CompiledRelease, compiled } from '../release/compiled/compiled-release.ts'
import { featuresPart } from '../release/rules/scope-parts.ts'
import { DecisionRequest, requestOfTimer } from '../request.ts'
import { release } from './active-release.ts'
import { reference } from './reference-table.ts'
import { features } from './windowed-features.ts'

/** Where each person stands in the release's journeys. */
export const standings = table('journeys', {
  schema: JourneysRow,
  empty: { runs: [], ended: [] },
  merge: joinedJourneys,
  expires: row => row.runs.length + row.ended.length === 0,
})

/** `cancel`: who left by a goal or an exit no longer needs what still waits to be sent. */
const output = { request: DecisionRequest, ended: JourneyEnded, cancel: JourneyEnded }
type JourneysStep = Step<JourneysRow, typeof output>

/** Takes each person through the release's journeys: what happens begins, holds and ends them, and time moves them on. */
export const journeys = operator({
  name: 'journeys',
  input: { event: PersonEvent },
  output,
  writes: standings,
  reads: { release, features, reference },
  on: {
    event({ key, value: event, receivedAt: now }, row, reads): JourneysStep {
      const active = compiled(reads.release)
      if (!active?.journeys.events.has(event.type)) return {}
      const witnessed = witnessedBy(active, event, reads, now)
      const turn = new Turn(key, row, now)
      for (const run of row.runs) {
        const journey = active.journeys.byId.get(run.id)
        const how = journey && (endedElsewhere(run, row.ended) ?? endingOf(journey, witnessed))
        if (how) turn.end(run, how, { cancels: true })
        else turn.keep(journey ? held(journey, run, witnessed, now) : run)
      }
      for (const journey of active.journeys.byId.values()) {
        const isOnIt = row.runs.some(({ id }) => id === journey.journey.id)
        if (!isOnIt && mayBegin(journey, row.ended, now) && journey.trigger(witnessed)) turn.keep(begun(journey, now))
      }
      return turn.step(active)
    },
  },
  timer({ key, receivedAt: due }, row, reads): JourneysStep {
    const active = compiled(reads.release)
    if (!active) return {}
    const turn = new Turn(key, row, due)
    for (const run of row.runs) {
      const journey = active.journeys.byId.get(run.id)
      if (!journey || run.waitingUntil > due) {
        turn.keep(run)
        continue
      }
      const isOver = due >= deadlineOf(journey, run)
      const how = endedElsewhere(run, row.ended) ?? (isOver ? 'timeout' : null)
      if (how) turn.end(run, how, { cancels: false })
      else {
        const waited = stageOf(journey, run)?.stage
        if (waited?.decide) turn.ask(run.id, waited.id)
        turn.keep(advanced(journey, run, due))
      }
    }
    return turn.step(active)
  },
})

const endingOf = ({ goal, exit }: CompiledJourney, witnessed: Witnessed): JourneyEnding | null =>
  goal(witnessed) ? 'goal' : exit(witnessed) ? 'exit' : null

function witnessedBy(
  active: CompiledRelease,
  event: PersonEvent,
  reads: { readonly features: FeatureRow; readonly reference: Witnessed['rowOf'] },
  now: Time,
): Witnessed {
  let served: ReturnType<typeof featuresPart> | undefined
  return {
    event,
    features() {
      served ??= featuresPart(featureVector(active, reads.features, now))
      return served
    },
    rowOf: reads.reference,
    now,
  }
}

/** What one event, or one timer, does to the journeys of a person. Only what it returns leaves it. */
class Turn {
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

  ask(journey: string, stage: string): void {
    const decisionId = decisionIdOfTimer('journeys', `${this.#key}/${journey}/${stage}`, this.#now)
    this.#emit.push(to('request', requestOfTimer(decisionId, 'journeys', this.#now, { journey, stage })))
  }

  /** Runs of a journey that this release does not hold stay as they are: another release may still come. */
  step({ journeys }: CompiledRelease): JourneysStep {
    const known = this.#runs.filter(({ id }) => journeys.byId.has(id))
    const first = known.reduce((least, { waitingUntil }) => Math.min(least, waitingUntil), Number.POSITIVE_INFINITY)
    const timer = known.length > 0 ? Math.max(first, this.#now) : null
    const { runs } = this.#row
    const isSame = this.#runs.length === runs.length && this.#runs.every((run, n) => run === runs[n])
    if (isSame) return known.length > 0 ? { timer } : {}
    const sorted = [...this.#runs].sort((a, b) => compareText(a.id, b.id))
    return { row: { runs: sorted, ended: this.#ended }, emit: this.#emit, timer }
  }
}
