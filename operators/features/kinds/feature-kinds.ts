import type { FeatureLast, FeatureRow, SeriesKind, WindowSeries } from '../../../schemas/generated.ts'
import { days, type Time } from '../../../schemas/record.ts'
import { amountMax } from '../../../state/windows/amounts.ts'
import { bucketOf, bucketValue } from '../../../state/windows/buckets.ts'
import * as window from '../../../state/windows/window.ts'
import { foundById } from '../../lists/found.ts'

/** A feature, and the parts of a row that it is served from. */
export interface KeptFeature {
  readonly feature: {
    readonly type: 'number' | 'text'
    /** Null: for ever. */
    readonly windowMs: number | null
    readonly q: number | null
    readonly halfLifeMs: number | null
  }
  readonly windowMs: number
  readonly stepMs: number
  /** Ids of the parts of a row that the kind keeps. */
  readonly ids: Readonly<Partial<Record<SeriesKind | 'last', number>>>
}

/** The full definition of a kind of feature, which `joai lint`, rows, rules, decisions and docs all use. */
export interface FeatureKindEntry {
  /** `none`: takes no field. `lines`: may take a path into a list. `any` and `number`: needs a field of that type. */
  readonly field: 'none' | 'lines' | 'any' | 'number'
  readonly window: 'required' | 'optional'
  /** Another key of the release file that a feature of this kind must give. */
  readonly setting: 'q' | 'halfLife' | null
  /** The parts that a row keeps: series, the value of the latest event, or only its time. */
  readonly keeps: readonly SeriesKind[] | 'last-value' | 'last-time'
  /** The type of the served value: a number, or the type of the feature's field. */
  readonly gives: 'number' | 'value-of-field'
  /** Describes the served value in Markdown, for the docs. */
  readonly doc: string
  /** Null: the value is beyond the range of amounts, and the feature absent. */
  serve(kept: KeptFeature, row: FeatureRow, now: Time): number | string | null
}

/** Days that `time-since` serves when there was no event: a hundred years. */
const neverDays = 36_500

const kinds = {
  count: {
    field: 'lines',
    window: 'required',
    setting: null,
    keeps: ['count'],
    gives: 'number',
    doc: 'the number of events, or of lines if `field` is a path into a list',
    serve: (kept, row, now) => window.totalOf(series(row, kept.ids.count), spanOf(kept, now)),
  },
  sum: {
    field: 'number',
    window: 'required',
    setting: null,
    keeps: ['sum', 'debit'],
    gives: 'number',
    doc: 'the sum; 0 if there are no numbers',
    serve: (kept, row, now) => sumOf(kept, row, spanOf(kept, now)),
  },
  mean: {
    field: 'number',
    window: 'required',
    setting: null,
    keeps: ['count', 'sum', 'debit'],
    gives: 'number',
    doc: 'the mean; 0 if there are no numbers',
    serve(kept, row, now) {
      const span = spanOf(kept, now)
      const count = window.totalOf(series(row, kept.ids.count), span)
      const sum = sumOf(kept, row, span)
      return count === 0 || sum === null ? sum : sum / count
    },
  },
  min: {
    field: 'number',
    window: 'required',
    setting: null,
    keeps: ['min'],
    gives: 'number',
    doc: 'the least; 0 if there are no numbers',
    serve: (kept, row, now) => inUnits(window.extremeOf(series(row, kept.ids.min), spanOf(kept, now)) ?? 0),
  },
  max: {
    field: 'number',
    window: 'required',
    setting: null,
    keeps: ['max'],
    gives: 'number',
    doc: 'the greatest; 0 if there are no numbers',
    serve: (kept, row, now) => inUnits(window.extremeOf(series(row, kept.ids.max), spanOf(kept, now)) ?? 0),
  },
  last: {
    field: 'any',
    window: 'optional',
    setting: null,
    keeps: 'last-value',
    gives: 'value-of-field',
    doc: 'the latest value; `type: text` for texts',
    serve(kept, row, now) {
      const last = lastOf(kept, row, now)
      if (kept.feature.type === 'number') return last?.number ?? 0
      return last ? (last.text ?? String(last.number)) : ''
    },
  },
  distinct: {
    field: 'any',
    window: 'required',
    setting: null,
    keeps: ['distinct'],
    gives: 'number',
    doc: 'the number of different values',
    serve: (kept, row, now) => window.distinctOf(series(row, kept.ids.distinct), spanOf(kept, now)),
  },
  quantile: {
    field: 'number',
    window: 'required',
    setting: 'q',
    keeps: ['histogram'],
    gives: 'number',
    doc: 'the value of rank ⌊q·(n − 1)⌋, within 1 %',
    serve(kept, row, now) {
      const value = window.quantileOf(series(row, kept.ids.histogram), spanOf(kept, now), kept.feature.q ?? 0.5) ?? 0
      return Math.abs(value) < largestBucket ? value : null
    },
  },
  'decayed-rate': {
    field: 'none',
    window: 'optional',
    setting: 'halfLife',
    keeps: ['count'],
    gives: 'number',
    doc: 'events per day, each weighted by 2^(−age / half-life); `window` defaults to eight half-lives, at most 90 days',
    serve(kept, row, now) {
      const halfLifeMs = kept.feature.halfLifeMs ?? kept.windowMs / 4
      return window.decayedRateOf(series(row, kept.ids.count), spanOf(kept, now), kept.stepMs, now, halfLifeMs)
    },
  },
  'time-since': {
    field: 'none',
    window: 'optional',
    setting: null,
    keeps: 'last-time',
    gives: 'number',
    doc: 'days since the latest event; 36,500 if there was none, so that "within 30 days" is false',
    serve(kept, row, now) {
      const last = lastOf(kept, row, now)
      return last ? Math.max(0, now - last.at) / days(1) : neverDays
    },
  },
} satisfies Readonly<Record<string, FeatureKindEntry>>

/** How a feature is computed. */
export type FeatureKind = keyof typeof kinds

/** The kinds of features, by the name that a release gives them. */
export const featureKinds: Readonly<Record<FeatureKind, FeatureKindEntry>> = kinds

const spanOf = ({ windowMs, stepMs }: KeptFeature, now: Time): window.Span => window.spanOf(now, windowMs, stepMs)

/** Negative amounts are in a series of their own, so that both series only grow. */
function sumOf({ ids }: KeptFeature, row: FeatureRow, span: window.Span): number | null {
  const [gained, lost] = [window.totalOf(series(row, ids.sum), span), window.totalOf(series(row, ids.debit), span)]
  return gained >= amountMax || lost >= amountMax ? null : (gained - lost) / 1_000_000
}

/** Turns millionths into units. Amounts stop at their limits, so one that is there is not known. */
const inUnits = (amount: number): number | null => (Math.abs(amount) >= amountMax ? null : amount / 1_000_000)

/** The value of the bucket that takes all amounts from the limit on. */
const largestBucket = bucketValue(bucketOf(amountMax / 1_000_000))

const series = ({ series }: FeatureRow, id: number | undefined): WindowSeries | undefined =>
  id === undefined ? undefined : foundById(series, id)

/** The latest event, unless it is older than the window. */
function lastOf({ feature, ids }: KeptFeature, row: FeatureRow, now: Time): FeatureLast | null {
  const last = foundById(row.lasts, ids.last!)
  return last && (feature.windowMs === null || last.at > now - feature.windowMs) ? last : null
}
