import { median } from '../scripts/demo/statistics.ts'

/** What is measured in each run: its key in JSON, what it is in words, its unit. */
export interface Line<Run> {
  readonly key: string
  readonly name: string
  readonly unit?: string
  of(run: Run): number
}

/** Of several runs. */
export interface Summary {
  readonly median: number
  readonly least: number
  readonly most: number
}

function summary<Run>({ of }: Line<Run>, runs: readonly Run[]): Summary {
  const values = runs.map(of)
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) }
}

/** For `--json`: each by its key. */
export const summaries = <Run>(lines: readonly Line<Run>[], runs: readonly Run[]): Record<string, Summary> =>
  Object.fromEntries(lines.map(line => [line.key, summary(line, runs)]))

/** A line of text for each. */
export const inWords = <Run>(lines: readonly Line<Run>[], runs: readonly Run[]): string[] =>
  lines.map(line => {
    const { median, least, most } = summary(line, runs)
    return `${line.name.padEnd(58)} median ${shown(median)} ${line.unit ?? ''}  (${shown(least)} – ${shown(most)})`
  })

/** A number, as precise as it is good for. */
export const shown = (value: number): string => value.toFixed(value < 100 ? 1 : 0)
