import type { FeatureLast, FeatureRow, FeatureValue, WindowSeries } from '../../schemas/generated.ts'
import { days, type Time } from '../../schemas/record.ts'
import * as window from '../../state/windows/window.ts'
import type { CompiledRelease } from '../release/compiled/compiled-release.ts'
import { type FeaturePlan, featuresPlan } from './feature-plan.ts'

/** The features as served at `now`, in the order in which the release declares them. */
export const featureVector = ({ release }: CompiledRelease, row: FeatureRow, now: Time): FeatureValue[] =>
  featuresPlan(release).features.map(plan => served(plan, row, now))

/** One feature as served at `now`; null when the release declares none of this name. */
export function featureValue(
  { release }: CompiledRelease,
  row: FeatureRow,
  name: string,
  now: Time,
): FeatureValue | null {
  const plan = featuresPlan(release).byName.get(name)
  return plan ? served(plan, row, now) : null
}

function served(plan: FeaturePlan, row: FeatureRow, now: Time): FeatureValue {
  const { feature, ids } = plan
  if (feature.kind === 'time-since' || feature.kind === 'last')
    return servedLast(feature, partIn(row.lasts, ids.last), now)
  return { name: feature.name, number: numberOf(plan, row, now), text: null }
}

/** A windowed number; 0 when nothing is in the window. */
function numberOf({ feature, ids, stepMs, windowMs }: FeaturePlan, row: FeatureRow, now: Time): number {
  const span = window.spanOf(now, windowMs, stepMs)
  switch (feature.kind) {
    case 'count':
      return window.totalOf(seriesIn(row, ids.count), span)
    case 'sum':
      return sumOf(row, ids, span)
    case 'mean': {
      const count = window.totalOf(seriesIn(row, ids.count), span)
      return count === 0 ? 0 : sumOf(row, ids, span) / count
    }
    case 'min':
    case 'max':
      return (window.extremeOf(seriesIn(row, ids[feature.kind]), span) ?? 0) / 1_000_000
    case 'distinct':
      return window.distinctOf(seriesIn(row, ids.distinct), span)
    case 'quantile':
      return window.quantileOf(seriesIn(row, ids.histogram), span, feature.q ?? 0.5) ?? 0
    default:
      return window.decayedRateOf(seriesIn(row, ids.count), span, stepMs, now, feature.halfLifeMs ?? windowMs / 4)
  }
}

const seriesIn = ({ series }: FeatureRow, id: number | undefined): WindowSeries | undefined => partIn(series, id)

function partIn<T extends { readonly id: number }>(parts: readonly T[], id: number | undefined): T | undefined {
  for (const one of parts) if (one.id === id) return one
  return undefined
}

/** Amounts below zero are a series of their own, so that both only grow. */
const sumOf = (row: FeatureRow, ids: FeaturePlan['ids'], span: window.Span): number =>
  (window.totalOf(seriesIn(row, ids.sum), span) - window.totalOf(seriesIn(row, ids.debit), span)) / 1_000_000

/** What a `time-since` says of what never was, or not in its window: a hundred years. */
const neverDays = 36_500

/** Days since the latest event, or what it said: 0 or the empty text when there was none in the window. */
function servedLast(
  { name, kind, type, windowMs }: FeaturePlan['feature'],
  last: FeatureLast | undefined,
  now: Time,
): FeatureValue {
  const found = last && (windowMs === null || last.at > now - windowMs) ? last : null
  if (kind === 'time-since')
    return { name, number: found ? Math.max(0, now - found.at) / days(1) : neverDays, text: null }
  return type === 'text'
    ? { name, number: null, text: found ? (found.text ?? String(found.number)) : '' }
    : { name, number: found?.number ?? 0, text: null }
}
