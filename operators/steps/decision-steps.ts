import { type ContactPlan, contactPlan } from '../contact-policy/contact-plan.ts'
import { possibleZones } from '../contact-policy/quiet-hours.ts'
import { featuresPlan } from '../features/feature-plan.ts'
import type { CompiledRelease } from '../release/compiled/compiled-release.ts'

/*
 * Weights are measured against a step of an expression: what takes as long counts one. They are rounded so that the work of an
 * ordinary decision counts less than it takes, and what grows with data counts more.
 */

/** Steps that every decision takes: reading its record, stitching, the draw, writing and chaining the decision. */
const fixedSteps = 5000
/** Steps that a candidate takes in every decision: it is checked, scored, drawn and written down. */
const candidateSteps = 40
/** Entries of a series, or contacts, that a sum over them reads in one step. */
const summedPerStep = 8
/** Consents that are compared with a purpose and channel in one step. */
const comparedPerStep = 4
/** Quiet hours that are compared with a minute in one step. */
const minutesPerStep = 2
/** How often the search for the end of quiet hours looks at each of them, in one zone: twice a day for two weeks. */
const looksInZone = 28

/** The steps that a decision and the event before it take besides expressions, by what they are for. */
export interface DecisionSteps {
  readonly candidates: number
  readonly features: number
  readonly consents: number
  readonly variables: number
  readonly reference: number
  readonly caps: number
  readonly suppressions: number
  readonly quietHours: number
  readonly journeys: number
}

/** How much the rows of a person and the event hold. */
export interface Sizes {
  readonly contacts: number
  readonly outcomes: number
  readonly consents: number
  /** Elements of the lists of the event. */
  readonly elements: number
  /** Characters of the texts of the event. */
  readonly characters: number
  /** Runs and ends of journeys. */
  readonly journeys: number
  /** Whether the person's zone is known; if not, every zone of the country is looked at. */
  readonly isZoned: boolean
  /** The entries of the series of this id. */
  entries(series: number): number
}

/** Counts the steps of a decision by a release for rows and an event of these sizes. */
export function decisionSteps(active: CompiledRelease, sizes: Sizes): DecisionSteps {
  const { release, variables, joins, journeys } = active
  const { contacts, outcomes, consents } = sizes
  const { caps, suppressions, budget } = release
  const plan = contactPlan(active)
  const candidates = plan.candidates.length
  return {
    candidates: fixedSteps + sum(plan.candidates, one => candidateSteps + one.rules.length + one.caps.length),
    features: featureSteps(active, sizes),
    consents: (plan.scopes.length * 2 * (1 + consents)) / comparedPerStep,
    variables: (variables.length * (1 + contacts)) / summedPerStep,
    reference: sum(joins, ({ join }) => 1 + join.attributes.length * attributeSteps),
    caps: caps.length * (1 + contacts) + (budget ? contacts / summedPerStep : 0),
    suppressions: suppressions.length * (1 + outcomes + candidates),
    quietHours: quietSteps(plan, possibleZones(sizes.isZoned ? 'UTC' : null, release.person.country).length),
    journeys: sum([...journeys.byId.values()], ({ stages }) => 4 + stages.length + sizes.journeys / summedPerStep),
  }
}

/** Looking an attribute up among those of a thing. */
const attributeSteps = 8

/** Adds up the steps of a decision. */
export const stepsInAll = (steps: DecisionSteps): number => sum(Object.values(steps), count => count)

const sum = <T>(list: readonly T[], of: (one: T) => number): number => list.reduce((all, one) => all + of(one), 0)

/** An event adds to series, and journeys may serve the features once more than the decision. */
function featureSteps({ release, journeys }: CompiledRelease, { entries, elements, characters }: Sizes): number {
  const { features, series, byEvent } = featuresPlan(release)
  const reads = journeys.byId.size > 0 ? 2 : 1
  const served = sum(features, one => 1 + sum(one.series, id => 1 + entries(id) / summedPerStep))
  const hashed = elements + characters / charactersPerStep
  const grown = sum(
    series,
    ({ id, kind }) => (entries(id) + elements) / summedPerStep + (kind === 'distinct' ? hashed : 0),
  )
  const sources = Math.max(0, ...[...byEvent.values()].map(plan => plan.sources.length))
  return reads * served + grown + sources * elements
}

/** Characters of a text that are hashed in one step. */
const charactersPerStep = 16

/** Quiet hours are looked at for the decision, and for when it is asked again. */
const quietSteps = ({ scopes }: ContactPlan, zones: number): number =>
  sum(scopes, ({ quietHours }) => (2 * quietHours.length * Math.max(1, zones) * looksInZone) / minutesPerStep)
