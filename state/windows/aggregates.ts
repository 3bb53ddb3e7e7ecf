import type { SeriesKind } from '../../schemas/generated.ts'
import { millionths, saturatingSum } from './amounts.ts'
import { bucketOf } from './buckets.ts'
import { hash41 } from './hash41.ts'

/** The part of a series that one event adds. The key is 0 where a tile has one entry. */
export interface Sample {
  readonly key: number
  readonly amount: number
}

/** Says how a kind of series aggregates values. */
export interface Aggregate {
  /**
   * Says how many entries a series has. `tile`: one for each tile. `key`: one for each key of a tile. `latest-key`: one for
   * each key, in the latest tile that has it, and without an amount.
   */
  readonly entries: 'tile' | 'key' | 'latest-key'
  /** Makes one amount of two of the same tile and key. Commutative and associative. */
  combine(a: number, b: number): number
  /** Turns the values of one event into samples. A value that the kind can't aggregate makes none. */
  samples(values: readonly unknown[]): readonly Sample[]
}

const none: readonly Sample[] = []

/** Makes samples of the values that have one. */
function samplesOf(values: readonly unknown[], sampleOf: (value: unknown) => Sample | null): readonly Sample[] {
  const samples: Sample[] = []
  for (const value of values) {
    const sample = sampleOf(value)
    if (sample !== null) samples.push(sample)
  }
  return samples
}

const amountSample = (value: unknown): Sample | null =>
  typeof value === 'number' ? { key: 0, amount: millionths(value) } : null

const creditSample = (value: unknown): Sample | null => {
  const sample = amountSample(value)
  return sample !== null && sample.amount > 0 ? sample : null
}

const debitSample = (value: unknown): Sample | null => {
  const sample = amountSample(value)
  return sample !== null && sample.amount < 0 ? { key: 0, amount: -sample.amount } : null
}

const distinctSample = (value: unknown): Sample => ({ key: hash41(String(value)), amount: 0 })

const bucketSample = (value: unknown): Sample | null =>
  typeof value === 'number' ? { key: bucketOf(value), amount: 1 } : null

/** The aggregates that a row can keep: an entry for each kind of series of `window-series.avsc`. */
export const aggregates: Readonly<Record<SeriesKind, Aggregate>> = {
  count: {
    entries: 'tile',
    combine: saturatingSum,
    samples: values => (values.length === 0 ? none : [{ key: 0, amount: values.length }]),
  },
  sum: { entries: 'tile', combine: saturatingSum, samples: values => samplesOf(values, creditSample) },
  // Negative amounts are a series of their own: with mixed signs the sum at which it saturates would depend on the order.
  debit: { entries: 'tile', combine: saturatingSum, samples: values => samplesOf(values, debitSample) },
  min: { entries: 'tile', combine: Math.min, samples: values => samplesOf(values, amountSample) },
  max: { entries: 'tile', combine: Math.max, samples: values => samplesOf(values, amountSample) },
  distinct: { entries: 'latest-key', combine: Math.max, samples: values => samplesOf(values, distinctSample) },
  histogram: { entries: 'key', combine: saturatingSum, samples: values => samplesOf(values, bucketSample) },
}
