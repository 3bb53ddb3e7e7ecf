import { ConnectorError } from '../../topology/log/log.ts'
import { unpackCompaction } from './changelog-compaction.ts'
import type { EmbeddedPartition, EmbeddedTask } from './embedded-state.ts'
import type { LogDatabase } from './log-database.ts'
import { partitionMark, taskMark, topicMark } from './log-end.ts'
import { keys, nameOfKey, offsetOfKey } from './log-keys.ts'
import type { LogState, StagedTask } from './log-state.ts'
import { countSize, Packer, Unpacker } from './packing.ts'

const packer = new Packer()

/** Encodes a task's position, changelog end and checkpoint as one value. */
export function packTask(
  { position, checkpoint }: Pick<StagedTask<EmbeddedTask>, 'position' | 'checkpoint'>,
  changelogEnd: number,
): Buffer {
  packer.position = 0
  packer.reserve(3 * countSize + checkpoint.length)
  packer.count(position)
  packer.count(changelogEnd)
  packer.bytes(checkpoint)
  return packer.take()
}

/**
 * Restores from a newly opened directory everything that a log keeps in memory. Throws `log-corrupt` where that is not where
 * the log's last write left it.
 */
export async function restoreState(
  database: LogDatabase,
  state: LogState<EmbeddedPartition, EmbeddedTask>,
): Promise<void> {
  let marks = 0
  for await (const [key, value] of database.entries(keys.topics)) {
    const [topic, partitions] = [nameOfKey(key), Number(Buffer.from(value).toString())]
    marks += topicMark(topic, partitions)
    for (const log of state.addTopic(topic, partitions)) {
      const last = await database.lastSegment(keys.segments(log.topic, log.partition, 0, Number.MAX_SAFE_INTEGER))
      if (last !== undefined) log.end = offsetOfKey(last) + 1
      marks += partitionMark(log, log.end)
    }
  }
  for await (const [key, value] of database.entries(keys.tasks)) {
    const [subTopology, topic, partition] = nameOfKey(key).split('/') as [string, string, string]
    const task = state.task({ subTopology, topic, partition: Number(partition) })
    // Called only for its check that no changelog segment is missing; the end of the changelog is stored with the task.
    await database.lastSegment(keys.changelogs(task.task, 0, Number.MAX_SAFE_INTEGER))
    const from = new Unpacker(value)
    task.position = from.count()
    task.changelogEnd = from.count()
    task.checkpoint = Uint8Array.from(from.bytes())
    const compaction = keys.compaction(task.task)
    for await (const [, bytes] of database.entries({ gte: compaction, lte: compaction }))
      task.compaction = unpackCompaction(bytes)
    task.mark = taskMark(task, value)
    marks += task.mark
  }
  if (database.end.writes === 0) database.startEnd(marks % 2 ** 32)
  else if (database.end.state !== marks % 2 ** 32)
    throw new ConnectorError('log-corrupt', 'a part of what was written is missing, other than at the end of the log')
}
