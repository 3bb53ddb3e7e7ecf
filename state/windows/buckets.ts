import { millionths } from './amounts.ts'

/** The relative error of quantiles. */
export const quantileError = 0.01
const logGamma = Math.log((1 + quantileError) / (1 - quantileError))

/**
 * Finds the logarithmic bucket of a value, with its sign (DDSketch, Masson et al. 2019). Bucket 0 holds what rounds to no
 * millionth.
 */
export function bucketOf(value: number): number {
  const amount = millionths(value)
  if (amount === 0) return 0
  const bucket = Math.ceil(Math.log(Math.abs(amount)) / logGamma) + 1
  return amount < 0 ? -bucket : bucket
}

/** Computes the middle of a bucket, which is within `quantileError` of every value in it. */
export function bucketValue(bucket: number): number {
  if (bucket === 0) return 0
  const size = (Math.exp((Math.abs(bucket) - 1) * logGamma) * (1 - quantileError)) / 1_000_000
  return bucket < 0 ? -size : size
}
