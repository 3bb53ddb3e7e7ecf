import { millionths } from './amounts.ts'

/** Relative error of quantiles. */
export const quantileError = 0.01
const logGamma = Math.log((1 + quantileError) / (1 - quantileError))

/** The logarithmic bucket of a value (DDSketch, Masson et al. 2019), of its sign; 0 holds what rounds to no millionth. */
export function bucketOf(value: number): number {
  const amount = millionths(value)
  if (amount === 0) return 0
  const bucket = Math.ceil(Math.log(Math.abs(amount)) / logGamma) + 1
  return amount < 0 ? -bucket : bucket
}

/** The value in the middle of a bucket: within `quantileError` of all that it holds. */
export function bucketValue(bucket: number): number {
  if (bucket === 0) return 0
  const size = (Math.exp((Math.abs(bucket) - 1) * logGamma) * (1 - quantileError)) / 1_000_000
  return bucket < 0 ? -size : size
}
