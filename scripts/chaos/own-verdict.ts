import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { allTopics, plan } from '../../topology/graph/plan.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log } from '../../topology/log/log.ts'
import { topicRecords } from '../../topology/log/log-reader.ts'
import { HistoryRunner } from '../../topology/replay/history-runner.ts'
import { createTopics, tickAfter, writeHistory } from '../../topology/replay/history-writer.ts'
import { reconcileSequences, type SequenceCounts } from './reconciliation.ts'

/** Verdict on a run of someone's own topology: nothing is known of what it should hold but what one process puts out. */
export interface OwnVerdict extends SequenceCounts {
  /** Records of the history. */
  readonly records: number
  /** Records of public topics. */
  readonly outputs: number
  /** Whether the public topics hold what one process puts out: the same keys and values, in any order. */
  readonly outputsEqual: boolean
}

/** Checks the sequence numbers of each task, and compares what came out with one process that folds the same history. */
export async function ownVerdictOf(log: Log, topology: Topology, records: readonly InputRecord[]): Promise<OwnVerdict> {
  const sequences = await reconcileSequences(log)
  const alone = await inOneProcess(topology, records)
  const [expected, found] = [await outputsOf(alone, topology), await outputsOf(log, topology)]
  const differences = [
    ...unlike(expected, found).map(where => `${where} is missing, or there too seldom`),
    ...unlike(found, expected).map(where => `${where} is there, and one process does not put it out so often`),
  ]
  const outputs = [...found.values()].reduce((sum, count) => sum + count, 0)
  const findings = [...sequences.findings, ...differences.slice(0, findingsMax)]
  return { ...sequences, records: records.length, outputs, outputsEqual: differences.length === 0, findings }
}

const findingsMax = 10

async function inOneProcess(topology: Topology, history: readonly InputRecord[]): Promise<Log> {
  const log = openMemoryLog()
  await createTopics(log, topology, 1)
  // The cluster fires timers until the tick that follows the last record.
  const last = history.reduce((time, { timestamp }) => Math.max(time, timestamp), 0)
  await writeHistory(log, topology, history, { until: tickAfter(last) })
  const runner = await HistoryRunner.open({ topology, log, store: openMemoryStore() })
  await runner.drain()
  return log
}

/** How often each record, by its topic, key and bytes, stands on the public topics. */
async function outputsOf(log: Log, topology: Topology): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const { name, role } of allTopics(plan(topology)))
    if (role === 'public')
      for await (const { key, value } of topicRecords(log, name)) {
        const record = `a record of '${name}' with the key '${key}' ${Buffer.from(value).toString('base64')}`
        counts.set(record, (counts.get(record) ?? 0) + 1)
      }
  return counts
}

/** The records that stand more often in the one than in the other. */
const unlike = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): string[] =>
  [...a].flatMap(([record, count]) => (count > (b.get(record) ?? 0) ? [record] : []))
