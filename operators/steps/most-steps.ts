import type { Catalog } from '../../schemas/catalog/catalog.ts'
import { aggregates } from '../../state/windows/aggregates.ts'
import { tileOf } from '../../state/windows/window.ts'
import { seriesEntriesMax } from '../../state/windows/window-series.ts'
import { futureGrantsMax } from '../consent/consent-state.ts'
import { contactsMax, outcomesMax } from '../contact-policy/ledger-rows.ts'
import { featuresPlan, keptFrom } from '../features/feature-plan.ts'
import { charactersMax, elementsMax } from '../intake/admission-checks.ts'
import type { CompiledRelease } from '../release/compiled/compiled-release.ts'
import { type DecisionSteps, decisionSteps, type Sizes } from './decision-steps.ts'

/** Records of consent that a person's row holds at most: of every purpose on each channel, and on all of them. */
const consentsMax = ({ declaration: { purposes, channels } }: Catalog): number =>
  purposes.length * (channels.length + 1) * 2 * futureGrantsMax

/** Counts the steps of a decision on the longest event, for a person whose rows are full. */
export function mostSteps(active: CompiledRelease): DecisionSteps {
  const { series } = featuresPlan(active.release)
  const entries = new Map(
    series.map(plan => [plan.id, aggregates[plan.kind].entries === 'tile' ? tilesOf(plan, active) : seriesEntriesMax]),
  )
  return decisionSteps(active, {
    contacts: contactsMax,
    outcomes: outcomesMax,
    consents: consentsMax(active.catalog),
    elements: elementsMax,
    characters: charactersMax,
    journeys: 2 * active.journeys.byId.size,
    isZoned: false,
    entries: id => entries.get(id) ?? 0,
  } satisfies Sizes)
}

const tilesOf = (plan: Parameters<typeof keptFrom>[0], { release }: CompiledRelease): number =>
  Math.min(seriesEntriesMax, tileOf(0, plan.stepMs) - keptFrom(plan, release.graceMs, 0) + 1)
