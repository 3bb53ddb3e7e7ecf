import type { JourneyEnding, JourneyPast, JourneyRun, JourneysRow } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { compareText } from '../lists/compare.ts'
import { mergedById } from '../lists/merge.ts'
import type { CompiledJourney, CompiledStage, Witnessed } from '../release/compiled/compiled-journeys.ts'

/** The run of a journey that begins now. */
export function begun({ journey, stages }: CompiledJourney, now: Time): JourneyRun {
  const { id, waitMs } = stages[0]!.stage
  const waitingUntil = now + Math.min(waitMs, journey.timeoutMs)
  return { id: journey.id, stage: id, passed: 0, enteredAt: now, waitingUntil }
}

/** The stage in which a run waits; null once all are passed. A release may have moved it. */
export function stageOf({ stages }: CompiledJourney, { stage, passed }: JourneyRun): CompiledStage | null {
  const index = stages.findIndex(own => own.stage.id === stage)
  return stages[index < 0 ? passed : Math.max(index, passed)] ?? null
}

/** When the journey's time is over for this run. */
export const deadlineOf = ({ journey }: CompiledJourney, { enteredAt }: JourneyRun): Time =>
  enteredAt + journey.timeoutMs

/** The run in its next stage, or, after the last, waiting for its end. */
export function advanced(compiled: CompiledJourney, run: JourneyRun, now: Time): JourneyRun {
  const deadline = deadlineOf(compiled, run)
  const waited = stageOf(compiled, run)
  const passed = waited === null ? 0 : compiled.stages.indexOf(waited) + 1
  const next = waited === null ? undefined : compiled.stages[passed]?.stage
  if (!next) return { ...run, passed: compiled.stages.length, waitingUntil: deadline }
  return { ...run, stage: next.id, passed, waitingUntil: Math.min(now + next.waitMs, deadline) }
}

/** The run after an event that its stage waits for, or that makes it wait anew. */
export function held(compiled: CompiledJourney, run: JourneyRun, witnessed: Witnessed, now: Time): JourneyRun {
  const waiting = stageOf(compiled, run)
  if (waiting?.holdUntil(witnessed)) return { ...run, waitingUntil: Math.min(run.waitingUntil, now) }
  if (waiting?.reset(witnessed))
    return { ...run, waitingUntil: Math.min(now + waiting.stage.waitMs, deadlineOf(compiled, run)) }
  return run
}

/**
 * How a run that overlaps one of another person, merged into this one, is over: whoever reached the goal or left has done
 * so for both. Null where nobody did.
 */
export function endedElsewhere({ id, enteredAt }: JourneyRun, ended: readonly JourneyPast[]): JourneyEnding | null {
  const past = ended.find(one => one.id === id)
  return past && past.at >= enteredAt && past.how !== 'timeout' ? past.how : null
}

/** The list with one more end in it. */
export function withEnd(
  ended: readonly JourneyPast[],
  id: string,
  how: JourneyEnding,
  at: Time,
): readonly JourneyPast[] {
  return joinedPasts(ended, [{ id, how, at, goals: how === 'goal' ? 1 : 0 }])
}

/** Whether a person whose journey ended so may begin it again. Never at the time of its end: a stage is due once. */
export function mayBegin({ journey }: CompiledJourney, ended: readonly JourneyPast[], now: Time): boolean {
  const past = ended.find(({ id }) => id === journey.id)
  if (!past) return true
  return journey.reentryAfterMs !== null && now > past.at && now >= past.at + journey.reentryAfterMs
}

/** The journeys of two persons who are one: of two runs of a journey the one further on stays, of two ends the last. */
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

/** Of two as far on, the one that waits for less. */
function furtherOn(x: JourneyRun, y: JourneyRun): JourneyRun {
  const order =
    y.passed - x.passed || x.waitingUntil - y.waitingUntil || x.enteredAt - y.enteredAt || compareText(x.stage, y.stage)
  return order <= 0 ? x : y
}

/** Of two ends at one time, the goal before the exit before the timeout. */
function later(x: JourneyPast, y: JourneyPast): JourneyPast {
  return (y.at - x.at || rank[x.how] - rank[y.how]) <= 0 ? x : y
}

const rank = { goal: 0, exit: 1, timeout: 2 } as const
