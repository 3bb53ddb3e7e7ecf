import type { LocalBroker } from '../connectors/kafka/broker/process-broker.ts'
import { quantile } from '../scripts/demo/statistics.ts'
import type { KafkaBenchOptions, KafkaRun } from './kafka.ts'
import { machine } from './machine.ts'
import { type Metric, summaries, textLines } from './report.ts'

/** Target from the append of an event to its committed decision, over all hops. */
const targetMs = 250
const shares = [
  ['p50', 0.5],
  ['p99', 0.99],
  ['p999', 0.999],
] as const

const lines: readonly Metric<KafkaRun>[] = [
  { key: 'eventsPerSecond', name: 'events per second, at most', of: ({ maximum }) => maximum.eventsPerSecond },
  {
    key: 'eventsPerWorkerSecond',
    name: 'events per processor second of the worker',
    of: ({ maximum }) => maximum.eventsPerWorkerSecond,
  },
  ...(['maximum', 'half'] as const).flatMap(when =>
    (['worker', 'broker', 'driver'] as const).map(who => ({
      key: `${when}Processors.${who}`,
      name: `processors used at ${when === 'maximum' ? 'most' : 'half'}, ${who}`,
      of: (run: KafkaRun) => run[when].processors[who] ?? Number.NaN,
    })),
  ),
  { key: 'halfEventsPerSecond', name: 'events per second, at half', of: ({ half }) => half.eventsPerSecond },
  { key: 'decisions', name: 'decisions of which the latency is known', of: ({ half }) => half.decisions },
  ...(['appended', 'committed'] as const).flatMap(what =>
    shares.map(([name, share]) => ({
      key: `${what}Ms.${name}`,
      name: `event appended to decision ${what === 'appended' ? 'appended' : 'readable as committed'}, ${name}`,
      unit: 'ms',
      of: ({ half }: KafkaRun) => quantile(half[`${what}Ms`], share),
    })),
  ),
]

const parts = {
  fetchMs: 'until it is read',
  foldMs: 'until it is folded',
  commitMs: 'its transaction',
  ageMs: 'since the event was appended, at its end',
  batch: 'records of a transaction',
} as const
const partNames = Object.keys(parts) as (keyof typeof parts)[]
const hopLines: readonly Metric<KafkaRun>[] = (['events', 'identities', 'people'] as const).flatMap((topic, index) =>
  partNames.map(part => ({
    key: `${topic}.${part}`,
    name: `${topic}: ${parts[part]}`,
    unit: part === 'batch' ? '' : 'ms',
    of: ({ half }: KafkaRun) => half.hops[index]![part],
  })),
)

/** Reports the runs as data and as text, and tells whether the target was met. */
export function kafkaReport(options: KafkaBenchOptions, { means }: LocalBroker, runs: readonly KafkaRun[]) {
  const { partitions, persons, seconds, warmUpSeconds, repeats } = options
  const figures = summaries(lines, runs)
  const isMet = figures['committedMs.p99']!.median <= targetMs
  const where = { machine: machine(), broker: means, partitions, persons, seconds, warmUpSeconds, repeats }
  const json: object = { ...where, ...figures, hops: summaries(hopLines, runs), targetMs, isMet }
  const words = [
    `${where.machine}, ${means}, on the same processors`,
    `one worker, ${partitions} partitions, ${persons} customers, 18 actions, 12 features, one decision per 4 events, ${repeats} repeats of ${seconds} s`,
    ...textLines(lines, runs),
    'where the time goes at half, by hop: means over batches, of the oldest record of each',
    ...textLines(hopLines, runs),
    `p99 to readable as committed within ${targetMs} ms: ${isMet ? 'yes' : 'NO'}`,
  ]
  return { json, words, isMet }
}
