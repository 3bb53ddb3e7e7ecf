import type { FeatureRow, FeatureValue } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { seriesEntriesMax } from '../../state/windows/window-series.ts'
import { foundById } from '../lists/found.ts'
import type { CompiledRelease } from '../release/compiled/compiled-release.ts'
import { type FeaturePlan, featuresPlan } from './feature-plan.ts'

/** Serves all features at `now`, in the order in which the release declares them. */
export const featureVector = ({ release }: CompiledRelease, row: FeatureRow, now: Time): FeatureValue[] =>
  featuresPlan(release).features.map(plan => served(plan, row, now))

/** Serves one feature at `now`; null when the release declares none of this name. */
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
  const value = isWhole(plan, row) ? plan.kind.serve(plan, row, now) : null
  const { name } = plan.feature
  return typeof value === 'string' ? { name, number: null, text: value } : { name, number: value, text: null }
}

/** Whether no series that serves the feature has as many entries as it may, and so may have lost some. */
function isWhole({ series: ids }: FeaturePlan, { series }: FeatureRow): boolean {
  for (const id of ids) if ((foundById(series, id)?.tiles.length ?? 0) >= seriesEntriesMax) return false
  return true
}
