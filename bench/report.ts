import { median } from '../scripts/demo/statistics.ts'

/** A figure of each run: its key in JSON, its description and its unit. */
export interface Metric<Run> {
  readonly key: string
  readonly name: string
  readonly unit?: string
  of(run: Run): number
}

/** A figure over several runs. */
export interface MetricSummary {
  readonly median: number
  readonly least: number
  readonly most: number
}

function summary<Run>({ of }: Metric<Run>, runs: readonly Run[]): MetricSummary {
  const values = runs.map(of)
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) }
}

/** Summarises all figures by key, for `--json`. */
export const summaries = <Run>(lines: readonly Metric<Run>[], runs: readonly Run[]): Record<string, MetricSummary> =>
  Object.fromEntries(lines.map(line => [line.key, summary(line, runs)]))

/** Formats each figure as a line of text. */
export const textLines = <Run>(lines: readonly Metric<Run>[], runs: readonly Run[]): string[] =>
  lines.map(line => {
    const { median, least, most } = summary(line, runs)
    return `${line.name.padEnd(58)} median ${rounded(median)} ${line.unit ?? ''}  (${rounded(least)} – ${rounded(most)})`
  })

/** Formats a number with one decimal below 100 and none above. */
export const rounded = (value: number): string => value.toFixed(value < 100 ? 1 : 0)
