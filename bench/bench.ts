import { rmSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { replaySecret } from '../scripts/config.ts'
import { median, quantile } from '../scripts/statistics.ts'
import { customers } from './customers.ts'
import { type Measured, measure } from './measure.ts'

const known = ['throughput', 'latency', 'restart'] as const
const flag = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}

const persons = flag('persons', 100_000)
const events = flag('events', 200_000)
const repeats = flag('repeats', 3)
const release = fileURLToPath(new URL('../../bench/release.yaml', import.meta.url))

process.stdout.write(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${known.join(', ')}\n`)
process.stdout.write(
  `${persons} persons, 18 actions, 12 features, one decision per 4 events, ${events} events, ${repeats} repeats, RocksDB, cache for ${persons / 10} rows\n`,
)

const runs: Measured[] = []
for (let repeat = 0; repeat < repeats; repeat++) {
  const run = await measure({
    customers: customers({ persons, events, seed: repeat + 1 }),
    release,
    secret: replaySecret,
    cacheRows: Math.floor(persons / 10),
  })
  process.stderr.write(`repeat ${repeat + 1}: ${Math.round(run.eventsPerSecond)} events/s\n`)
  rmSync(run.directory, { recursive: true, force: true })
  runs.push(run)
}

const rows: [string, (run: Measured) => number, string][] = [
  ['events per second', run => run.eventsPerSecond, ''],
  ['CPU-seconds per million events', run => run.cpuSecondsPerMillion, 's'],
  ['records per second, all hops (replay rate)', run => run.recordsPerSecond, ''],
  ['decisions', run => run.decisions, ''],
  ['latency at 1,000 events/s, p50', run => quantile(run.latenciesMs, 0.5), 'ms'],
  ['latency at 1,000 events/s, p99', run => quantile(run.latenciesMs, 0.99), 'ms'],
  ['bytes of rows per person', run => run.rowBytesPerPerson, 'B'],
  ['bytes on disk per person', run => run.diskBytesPerPerson, 'B'],
  ['restart to first decision', run => run.restartMs, 'ms'],
]
for (const [name, of, unit] of rows) {
  const values = runs.map(of)
  const shown = [Math.min(...values), median(values), Math.max(...values)].map(value =>
    value.toFixed(value < 100 ? 1 : 0),
  )
  process.stdout.write(`${name.padEnd(44)} median ${shown[1]} ${unit}  (${shown[0]} – ${shown[2]})\n`)
}
process.stdout.write(
  `state after the run equals the state rebuilt from the changelog: ${runs.every(run => run.stateVerified) ? 'yes' : 'NO'}\n`,
)
if (!runs.every(run => run.stateVerified)) process.exitCode = 1
