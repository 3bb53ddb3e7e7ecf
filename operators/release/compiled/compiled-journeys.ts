import type { EventFields } from '../../../schemas/catalog/event-schema.ts'
import type { PersonEvent, ReferenceRow } from '../../../schemas/generated.ts'
import type { Time } from '../../../schemas/record.ts'
import { compareText } from '../../lists/compare.ts'
import type { EventCondition, Journey, JourneyStage, Release } from '../release.ts'
import { catalogOfRelease, typesNamed } from '../release-catalog.ts'
import { type RuleLanguage, ruleLanguage } from '../rules/rules.ts'
import type { RuleScope } from '../rules/scope-parts.ts'
import { StepMeter } from '../rules/step-meter.ts'
import { type CompiledJoin, compileJoins, joinedFor } from './reference-joins.ts'

/** An event, with the features as of the event, which are computed only if a condition asks for them. */
export interface Witnessed {
  readonly event: PersonEvent
  /** The fields of the event, as the release's version of its type has them. */
  readonly data: () => EventFields
  readonly features: () => RuleScope['features']
  readonly rowOf: (key: string) => ReferenceRow | undefined
  readonly now: Time
  /** Takes the name of each condition that could not be evaluated; it then counts as not met. */
  failed(condition: string): void
}

/** Tests whether an event meets a condition. */
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

/** The compiled journeys of a release. */
export interface CompiledJourneys {
  /** By id, in order of the ids. */
  readonly byId: ReadonlyMap<string, CompiledJourney>
  /** The event types that begin, hold or end any of them. */
  readonly events: ReadonlySet<string>
  /** Returns the steps that the conditions took on the last event. */
  steps(): number
}

/** The parts of a scope that keys of joins can name in a condition, and those that the condition itself can. */
type KeyScope = Pick<RuleScope, 'features' | 'event'>
type ConditionScope = Pick<RuleScope, 'features' | 'event' | 'reference'>

interface ConditionLanguage {
  readonly language: RuleLanguage<ConditionScope>
  readonly joins: readonly CompiledJoin<KeyScope>[]
}

/**
 * Builds the language of conditions on one type of event. They can name the event, the features, and the joins whose keys
 * need no more than these.
 */
export function conditionLanguage(
  release: Pick<Release, 'catalog' | 'features' | 'reference'>,
  event: string,
  meter?: StepMeter,
): ConditionLanguage {
  const { features, reference = [] } = release
  const events = typesNamed(catalogOfRelease(release), [event])
  const keys = ruleLanguage(features, events, ['features', 'event'], [], meter)
  const usable = reference.filter(({ key }) => keys.fault(key, 'string') === null)
  if (usable.length === 0) return { language: keys, joins: [] }
  return {
    language: ruleLanguage(features, events, ['features', 'event', 'reference'], usable, meter),
    joins: compileJoins(usable, keys),
  }
}

/** Lists the conditions of a journey. */
const conditionsOf = ({ trigger, goal, exit, stages }: Journey): readonly EventCondition[] => [
  trigger,
  goal,
  ...exit,
  ...stages.flatMap(({ holdUntil, reset }) => [holdUntil, reset]).filter(condition => condition !== null),
]

const never: Happened = () => false

/** Compiles the journeys of a release. Throws an Error on a condition that can't be compiled. */
export function compileJourneys(release: Release): CompiledJourneys {
  const journeys = [...(release.journeys ?? [])].sort((a, b) => compareText(a.id, b.id))
  const languages = new Map<string, ConditionLanguage>()
  const meter = new StepMeter()

  function happened(condition: EventCondition | null, name: string): Happened {
    if (condition === null) return never
    const { event: type, when } = condition
    if (when === null) return ({ event }) => event.type === type
    const known = languages.get(type) ?? conditionLanguage(release, type, meter)
    languages.set(type, known)
    const { language, joins } = known
    const test = language.test(when)
    return ({ event, data, features, rowOf, now, failed }) => {
      if (event.type !== type) return false
      try {
        const keys = { features: features(), event: language.eventPart(type, data()) }
        return test({ ...keys, reference: joinedFor(joins, keys, rowOf, now, event).part }, event)
      } catch {
        failed(name)
        return false
      }
    }
  }

  function compileJourney(journey: Journey): CompiledJourney {
    const { id } = journey
    const exits = journey.exit.map(exit => happened(exit, `the exit of journey '${id}'`))
    return {
      journey,
      trigger: happened(journey.trigger, `the trigger of journey '${id}'`),
      stages: journey.stages.map(stage => ({
        stage,
        holdUntil: happened(stage.holdUntil, `'holdUntil' of stage '${stage.id}' of journey '${id}'`),
        reset: happened(stage.reset, `'reset' of stage '${stage.id}' of journey '${id}'`),
      })),
      goal: happened(journey.goal, `the goal of journey '${id}'`),
      exit: witnessed => exits.some(exit => exit(witnessed)),
    }
  }

  return {
    byId: new Map(journeys.map(journey => [journey.id, compileJourney(journey)])),
    events: new Set(journeys.flatMap(conditionsOf).map(({ event }) => event)),
    steps: () => meter.ofDecision,
  }
}
