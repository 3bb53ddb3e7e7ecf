import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'
import { HistoryRunner } from '../../topology/replay/history-runner.ts'
import { type Hashes, hashesOf } from '../../topology/replay/run-hashes.ts'

/** Folds the input of a log again in memory, from the start and in other batches. */
export async function replayed(log: Log, topology: Topology): Promise<Hashes> {
  const again = openMemoryLog()
  for (const [topic, partitions] of log.topics()) await again.createTopic(topic, partitions)
  const inputs = topology.nodes.flatMap(node =>
    node.kind === 'source' && node.topic.role === 'input' ? [node.topic.name] : [],
  )
  for (const topic of inputs)
    for (let partition = 0; partition < log.topics().get(topic)!; partition++)
      for await (const { key, value, timestamp } of records(log, topic, partition))
        await again.append([{ topic, partition, key, value, timestamp }])
  const runner = await HistoryRunner.open({ topology, log: again, store: openMemoryStore(), batch: 7 })
  await runner.drain()
  return hashesOf(again, runner)
}
