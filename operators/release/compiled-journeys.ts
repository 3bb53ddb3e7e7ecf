import { eventData, isEventType } from '../../schemas/event-data.ts'
import type { PersonEvent } from '../../schemas/generated.ts'
import type { RuleScope } from './compiled.ts'
import type { EventCondition, Journey, JourneyStage, Release } from './release.ts'
import { type RuleLanguage, ruleLanguage } from './rules.ts'

/** An event, and the features as served with it: made only if a condition asks. */
export interface Witnessed {
  readonly event: PersonEvent
  readonly features: () => RuleScope['features']
}

/** Whether what happened is what a condition speaks of. */
export type Happened = (witnessed: Witnessed) => boolean

export interface CompiledStage {
  readonly stage: JourneyStage
  readonly holdUntil: Happened
  readonly reset: Happened
}

export interface CompiledJourney {
  readonly journey: Journey
  readonly trigger: Happened
  readonly stages: readonly CompiledStage[]
  readonly goal: Happened
  readonly exit: Happened
}

/** A release's journeys, ready to be gone on. */
export interface CompiledJourneys {
  /** By id, in its order. */
  readonly byId: ReadonlyMap<string, CompiledJourney>
  /** The event types that begin, hold or end any of them. */
  readonly events: ReadonlySet<string>
}

/** The language of conditions on one type of event: they see it and the features, nothing else. */
export const conditionLanguage = (release: Pick<Release, 'features'>, event: string): RuleLanguage =>
  ruleLanguage(release.features, [event].filter(isEventType), ['features', 'event'])

/** Every condition of a journey, and where it stands in it. */
export const conditionsOf = ({ trigger, goal, exit, stages }: Journey): readonly EventCondition[] => [
  trigger,
  goal,
  ...exit,
  ...stages.flatMap(({ holdUntil, reset }) => [holdUntil, reset]).filter(condition => condition !== null),
]

const never: Happened = () => false

/** Makes a release's journeys ready. Throws an Error on a condition that can't be compiled. */
export function compileJourneys(release: Release): CompiledJourneys {
  const journeys = [...(release.journeys ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1))
  const languages = new Map<string, RuleLanguage>()

  function happened(condition: EventCondition | null): Happened {
    if (condition === null) return never
    const { event: type, when } = condition
    if (when === null) return ({ event }) => event.type === type
    const language = languages.get(type) ?? conditionLanguage(release, type)
    languages.set(type, language)
    const test = language.test(when)
    return ({ event, features }) => {
      if (event.type !== type) return false
      const data = eventData(event) as unknown as Readonly<Record<string, unknown>>
      try {
        // The language knows no other parts.
        return test({ features: features(), event: language.eventScope(type, data) } as RuleScope)
      } catch {
        return false
      }
    }
  }

  function compileJourney(journey: Journey): CompiledJourney {
    const exits = journey.exit.map(happened)
    return {
      journey,
      trigger: happened(journey.trigger),
      stages: journey.stages.map(stage => ({
        stage,
        holdUntil: happened(stage.holdUntil),
        reset: happened(stage.reset),
      })),
      goal: happened(journey.goal),
      exit: witnessed => exits.some(exit => exit(witnessed)),
    }
  }

  return {
    byId: new Map(journeys.map(journey => [journey.id, compileJourney(journey)])),
    events: new Set(journeys.flatMap(conditionsOf).map(({ event }) => event)),
  }
}
