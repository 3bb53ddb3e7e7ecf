import type { JourneyEnding, JourneyPast, JourneyRun, JourneysRow } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { compareText } from '../lists/compare.ts'
import { mergedById } from '../lists/merge.ts'
import type { CompiledJourney, CompiledStage, Witnessed } from '../release/compiled/compiled-journeys.ts'

/** Begins a run of a journey by an event, named by the id that a decision on the event has. */
export function begun({ journey, stages }: CompiledJourney, now: Time, begunBy: string): JourneyRun {
  const { id, waitMs } = stages[0]!.stage
  const waitingUntil = now + Math.min(waitMs, journey.timeoutMs)
  return { id: journey.id, stage: id, passed: 0, enteredAt: now, waitingUntil, begunBy }
}

/** Finds the stage in which a run waits; null once all stages are passed. A new release may have moved the stage. */
export function stageOf({ stages }: CompiledJourney, { stage, passed }: JourneyRun): CompiledStage | null {
  const index = stages.findIndex(own => own.stage.id === stage)
  return stages[index < 0 ? passed : Math.max(index, passed)] ?? null
}

/** Returns the time at which this run times out. */
export const deadlineOf = ({ journey }: CompiledJourney, { enteredAt }: JourneyRun): Time =>
  enteredAt + journey.timeoutMs

/** Moves the run to its next stage. After the last stage, the run waits for its timeout. */
export function advanced(compiled: CompiledJourney, run: JourneyRun, now: Time): JourneyRun {
  const deadline = deadlineOf(compiled, run)
  const waited = stageOf(compiled, run)
  const passed = waited === null ? 0 : compiled.stages.indexOf(waited) + 1
  const next = waited === null ? undefined : compiled.stages[passed]?.stage
  if (!next) return { ...run, passed: compiled.stages.length, waitingUntil: deadline }
  return { ...run, stage: next.id, passed, waitingUntil: Math.min(now + next.waitMs, deadline) }
}

/** Applies an event that ends the stage's wait or starts it again. */
export function held(compiled: CompiledJourney, run: JourneyRun, witnessed: Witnessed, now: Time): JourneyRun {
  const waiting = stageOf(compiled, run)
  if (waiting?.holdUntil(witnessed)) return { ...run, waitingUntil: Math.min(run.waitingUntil, now) }
  if (waiting?.reset(witnessed))
    return { ...run, waitingUntil: Math.min(now + waiting.stage.waitMs, deadlineOf(compiled, run)) }
  return run
}

/**
 * Returns how a run ends that overlaps a run of a merged person: a goal or an exit that one of them reached counts for
 * both. Null when neither reached one.
 */
export function endedElsewhere({ id, enteredAt }: JourneyRun, ended: readonly JourneyPast[]): JourneyEnding | null {
  const past = ended.find(one => one.id === id)
  return past && past.at >= enteredAt && past.how !== 'timeout' ? past.how : null
}

/** Adds an end to the list. */
export function withEnd(
  ended: readonly JourneyPast[],
  id: string,
  how: JourneyEnding,
  at: Time,
): readonly JourneyPast[] {
  return joinedPasts(ended, [{ id, how, at, goals: how === 'goal' ? 1 : 0 }])
}

/** Whether a person may begin the journey, perhaps again. Never at the very time of an earlier end, so that a stage is due only once. */
export function mayBegin({ journey }: CompiledJourney, ended: readonly JourneyPast[], now: Time): boolean {
  const past = ended.find(({ id }) => id === journey.id)
  if (!past) return true
  return journey.reentryAfterMs !== null && now > past.at && now >= past.at + journey.reentryAfterMs
}

/** Merges the journeys of two merged persons: the run that is further on stays, and so does the later end. */
export const joinedJourneys = (a: JourneysRow, b: JourneysRow): JourneysRow => ({
  runs: mergedById(a.runs, b.runs, { ...byId, join: furtherOn }),
  ended: joinedPasts(a.ended, b.ended),
})

const joinedPasts = (a: readonly JourneyPast[], b: readonly JourneyPast[]): readonly JourneyPast[] =>
  mergedById(a, b, { ...byId, join: (x, y) => ({ ...later(x, y), goals: x.goals + y.goals }) })

interface Identified {
  readonly id: string
}
const byId = { id: ({ id }: Identified) => id, compare: (a: Identified, b: Identified) => compareText(a.id, b.id) }

/** Picks the run that has passed more stages; if both passed as many, the one that waits less long. */
function furtherOn(x: JourneyRun, y: JourneyRun): JourneyRun {
  const order =
    y.passed - x.passed ||
    x.waitingUntil - y.waitingUntil ||
    x.enteredAt - y.enteredAt ||
    compareText(x.stage, y.stage) ||
    compareText(x.begunBy, y.begunBy)
  return order <= 0 ? x : y
}

/** Picks the later end; at the same time, a goal before an exit before a timeout. */
function later(x: JourneyPast, y: JourneyPast): JourneyPast {
  return (y.at - x.at || rank[x.how] - rank[y.how]) <= 0 ? x : y
}

const rank = { goal: 0, exit: 1, timeout: 2 } as const
