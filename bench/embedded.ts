import { rmSync } from 'node:fs'
import { printJson, printLine } from '../scripts/cli/output.ts'
import { replaySecret } from '../scripts/config/config.ts'
import { quantile } from '../scripts/demo/statistics.ts'
import { benchCustomers } from './customers.ts'
import { machine } from './machine.ts'
import { type EmbeddedRun, measure } from './measure.ts'
import { type Metric, summaries, textLines } from './report.ts'

export interface EmbeddedBenchOptions {
  readonly persons: number
  readonly events: number
  readonly repeats: number
  readonly release: string
  readonly json: boolean
}

const lines: readonly Metric<EmbeddedRun>[] = [
  { key: 'eventsPerSecond', name: 'events per second', of: run => run.eventsPerSecond },
  {
    key: 'cpuSecondsPerMillion',
    name: 'CPU-seconds per million events',
    unit: 's',
    of: run => run.cpuSecondsPerMillion,
  },
  {
    key: 'foldSecondsPerMillion',
    name: 'of these, by the thread that folds',
    unit: 's',
    of: run => run.foldSecondsPerMillion,
  },
  {
    key: 'yardstickMs',
    name: 'yardstick: a fixed piece of work in another process',
    unit: 'ms',
    of: run => run.yardstickMs,
  },
  {
    key: 'eventsPerYardstick',
    name: 'events in the time of the yardstick',
    of: run => (run.eventsPerSecond * run.yardstickMs) / 1000,
  },
  { key: 'recordsPerSecond', name: 'records per second, all hops (replay rate)', of: run => run.recordsPerSecond },
  { key: 'decisions', name: 'decisions', of: run => run.decisions },
  { key: 'p50Ms', name: 'latency at 1,000 events/s, p50', unit: 'ms', of: run => quantile(run.latenciesMs, 0.5) },
  { key: 'p99Ms', name: 'latency at 1,000 events/s, p99', unit: 'ms', of: run => quantile(run.latenciesMs, 0.99) },
  { key: 'rowBytesPerPerson', name: 'bytes of rows per person', unit: 'B', of: run => run.rowBytesPerPerson },
  { key: 'diskBytesPerPerson', name: 'bytes on disk per person', unit: 'B', of: run => run.diskBytesPerPerson },
  { key: 'restartMs', name: 'restart to first decision', unit: 'ms', of: run => run.restartMs },
]

/** Measures the embedded log. Resolves to false when the state after a run differs from the state rebuilt from its changelog. */
export async function embeddedBench({
  persons,
  events,
  repeats,
  release,
  json,
}: EmbeddedBenchOptions): Promise<boolean> {
  const runs: EmbeddedRun[] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    const run = await measure({
      customers: benchCustomers({ persons, events, seed: repeat + 1 }),
      release,
      secret: replaySecret,
      cacheRows: Math.floor(persons / 10),
    })
    process.stderr.write(`repeat ${repeat + 1}: ${Math.round(run.eventsPerSecond)} events/s\n`)
    rmSync(run.directory, { recursive: true, force: true })
    runs.push(run)
  }
  const stateVerified = runs.every(run => run.stateVerified)
  if (json) printJson({ machine: machine(), persons, events, repeats, stateVerified, ...summaries(lines, runs) })
  else
    for (const line of [
      `${machine()}, embedded log`,
      `${persons} persons, 18 actions, 12 features, one decision per 4 events, ${events} events, ${repeats} repeats, RocksDB, cache for ${persons / 10} rows`,
      ...textLines(lines, runs),
      `state after the run equals the state rebuilt from the changelog: ${stateVerified ? 'yes' : 'NO'}`,
    ])
      printLine(line)
  return stateVerified
}
