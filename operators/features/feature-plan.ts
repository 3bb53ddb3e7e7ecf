import type { SeriesKind } from '../../schemas/generated.ts'
import { days, hours, minutes, type Time } from '../../schemas/record.ts'
import { hash41 } from '../../state/windows/hash41.ts'
import { tileOf } from '../../state/windows/window.ts'
import type { Feature, Release } from '../release/release.ts'
import { type FeatureKindEntry, featureKinds, type KeptFeature } from './kinds/feature-kinds.ts'

/** The part of an event that a series or a last value reads. */
export interface FeatureSource {
  readonly event: string
  readonly field: string | null
  readonly where: Feature['where']
}

/** A series that a release's features need. */
export interface SeriesPlan extends FeatureSource {
  readonly id: number
  readonly kind: SeriesKind
  readonly stepMs: number
  /** The longest window that reads it. */
  readonly windowMs: number
}

/** A last value, or a last time, that a release's features need. */
export interface LastPlan extends FeatureSource {
  readonly id: number
  readonly timeOnly: boolean
}

/** The series and last values to which events of one type add. */
export interface EventPlan {
  readonly sources: readonly FeatureSource[]
  /** For each series and each last value: the index of its source in `sources`, or −1. */
  readonly series: readonly number[]
  readonly lastValues: readonly number[]
  /** Whether any series takes events of this type. */
  readonly hasWindows: boolean
}

/** A feature of a release, its kind, and the ids of the parts of a row that serve it. */
export interface FeaturePlan extends KeptFeature {
  readonly feature: Feature
  readonly kind: FeatureKindEntry
  /** Ids of the series that serve it. */
  readonly series: readonly number[]
}

/** The parts of a row that a release's features need, computed once per release. */
export interface FeaturesPlan {
  readonly features: readonly FeaturePlan[]
  readonly byName: ReadonlyMap<string, FeaturePlan>
  readonly byEvent: ReadonlyMap<string, EventPlan>
  /** Sorted by id, as in a row; any other part of a row belongs to an earlier release. */
  readonly series: readonly SeriesPlan[]
  readonly lastValues: readonly LastPlan[]
}

/** Window of a feature that needs one and gives none; `joai lint` refuses such a feature. */
const windowDefaultMs = days(90)

/** Extra time before `now − window` for which tiles are kept, because partitions' times differ and a merge takes a while. */
const slackMs = days(1)

/** Possible lengths of a tile; each divides the day. */
const steps = [...[1, 2, 5, 10, 15, 30].map(minutes), ...[1, 2, 3, 6, 12].map(hours), days(1)] as const

/** Returns the length of a window's tiles: the longest of 1, 2, 5, 10, 15, 30 minutes, 1, 2, 3, 6, 12 hours and a day that fits 28 times. */
export function tileStep(windowMs: number): number {
  let fitting: number = steps[0]!
  for (const step of steps) if (step * 28 <= windowMs) fitting = step
  return fitting
}

const plans = new WeakMap<Release, FeaturesPlan>()

/** Returns the plan of a release, computed on the first call. */
export function featuresPlan(release: Release): FeaturesPlan {
  let plan = plans.get(release)
  if (!plan) {
    plan = planned(release.features)
    plans.set(release, plan)
  }
  return plan
}

/** Returns the first tile of a series that is kept. */
export const keptFrom = ({ windowMs, stepMs }: SeriesPlan, graceMs: number, now: Time): number =>
  tileOf(now - windowMs - graceMs - slackMs, stepMs) + 1

function planned(features: readonly Feature[]): FeaturesPlan {
  const series = new Map<number, SeriesPlan>()
  const lastValues = new Map<number, LastPlan>()
  const steps = stepsOfSources(features)
  const plansOf = features.map((feature): FeaturePlan => {
    const source = sourceOf(feature)
    const windowMs = feature.windowMs ?? windowDefaultMs
    const stepMs = sharedStep(steps.get(sourceName(source)) ?? [], windowMs)
    const ids: Partial<Record<SeriesKind | 'last', number>> = {}
    const kind = featureKinds[feature.kind]
    if (typeof kind.keeps === 'string') {
      ids.last = idOf(source, feature.kind, 0)
      lastValues.set(ids.last, { ...source, id: ids.last, timeOnly: kind.keeps === 'last-time' })
    } else
      for (const kept of kind.keeps) {
        const id = idOf(source, kept, stepMs)
        ids[kept] = id
        const longest = Math.max(windowMs, series.get(id)?.windowMs ?? 0)
        series.set(id, { ...source, id, kind: kept, stepMs, windowMs: longest })
      }
    const { last: _, ...kept } = ids
    return { feature, kind, windowMs, stepMs, ids, series: Object.values(kept) }
  })
  const sorted = { series: [...series.values()].sort(byId), lastValues: [...lastValues.values()].sort(byId) }
  return {
    features: plansOf,
    byName: new Map(plansOf.map(plan => [plan.feature.name, plan])),
    byEvent: new Map(features.map(({ event }) => [event, eventPlan(event, sorted)])),
    ...sorted,
  }
}

const byId = (a: { readonly id: number }, b: { readonly id: number }): number => a.id - b.id

function eventPlan(event: string, { series, lastValues }: Pick<FeaturesPlan, 'series' | 'lastValues'>): EventPlan {
  const sources = new Map<string, FeatureSource>()
  for (const plan of [...series, ...lastValues]) if (plan.event === event) sources.set(sourceName(plan), plan)
  const names = [...sources.keys()]
  const indexOf = (plan: FeatureSource): number => names.indexOf(sourceName(plan))
  return {
    sources: [...sources.values()],
    series: series.map(indexOf),
    lastValues: lastValues.map(indexOf),
    hasWindows: series.some(plan => plan.event === event),
  }
}

/** The most tiles of a window that shares them with a shorter one. */
const sharedTilesMax = 1500

/** Finds the tiles of a window: the finest that features of its source have, if the window does not need too many. */
const sharedStep = (ascending: readonly number[], windowMs: number): number =>
  ascending.find(step => windowMs <= step * sharedTilesMax) ?? Number.MAX_SAFE_INTEGER

/** Lists the steps of the features of each source, in ascending order. */
function stepsOfSources(features: readonly Feature[]): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, readonly number[]>()
  for (const feature of features) {
    if (typeof featureKinds[feature.kind].keeps === 'string') continue
    const name = sourceName(sourceOf(feature))
    found.set(
      name,
      [...(found.get(name) ?? []), tileStep(feature.windowMs ?? windowDefaultMs)].sort((a, b) => a - b),
    )
  }
  return found
}

/** Ignores the field of a feature whose kind takes none. */
const sourceOf = ({ kind, event, field, where }: Feature): FeatureSource => ({
  event,
  field: featureKinds[kind].field === 'none' ? null : field,
  where,
})

const sourceName = ({ event, field, where }: FeatureSource): string =>
  JSON.stringify([event, field, where?.field ?? null, where?.equals ?? null])

const idOf = (source: FeatureSource, kind: string, stepMs: number): number =>
  hash41(`${sourceName(source)} ${kind} ${stepMs}`)
