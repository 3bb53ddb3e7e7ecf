import type { TopicPartition } from '../../topology/log/log.ts'
import type { Fetcher } from './fetcher.ts'
import { retryWhileUndecided } from './producer.ts'
import type { KafkaRecord } from './protocol/kafka-record.ts'
import { type Connections, coordinatorOf } from './protocol/kafkajs-internals.ts'
import type { TopicNames } from './topic-names.ts'

/** The key of checkpoints in a changelog. No row has this key. */
export const checkpointKey = Buffer.from('\u0000head')

/** Reads the committed positions of a group on topics; null before the first commit. */
export async function committedPositions(
  connections: Connections,
  { groupId, names }: { readonly groupId: string; readonly names: TopicNames },
  partitions: readonly TopicPartition[],
): Promise<(number | null)[]> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))].map(topic => ({
    topic: names.onBroker(topic),
    partitions: partitions.filter(one => one.topic === topic).map(({ partition }) => ({ partition })),
  }))
  const { responses } = await retryWhileUndecided(async () => {
    const group = await connections.findGroupCoordinator({ groupId, coordinatorType: coordinatorOf.group })
    return group.offsetFetch({ groupId, topics })
  })
  const offsets = new Map(
    responses.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)] as const),
    ),
  )
  return partitions.map(({ topic, partition }) => {
    const offset = offsets.get(`${names.onBroker(topic)}/${partition}`)!
    return offset < 0 ? null : offset
  })
}

/** Finds the last committed checkpoint. It searches backwards in growing steps, because aborted records may follow it. */
export async function lastCheckpoint(
  fetcher: Fetcher,
  topic: string,
  partition: number,
  end: number,
): Promise<Uint8Array | null> {
  for (let span = 16; ; span *= 8) {
    const from = Math.max(0, end - span)
    const checkpoint = await checkpointIn(fetcher, topic, partition, from, end)
    if (checkpoint !== null || from === 0) return checkpoint
  }
}

async function checkpointIn(
  fetcher: Fetcher,
  topic: string,
  partition: number,
  from: number,
  end: number,
): Promise<Uint8Array | null> {
  let checkpoint: Buffer | null = null
  for (let at = from; at < end; ) {
    const { records, next } = await fetcher.read(topic, partition, at, 10_000)
    for (const { unreadable } of records) if (unreadable) throw unreadable
    checkpoint = records.findLast(isCheckpoint)?.value ?? checkpoint
    if (next === at) break
    at = next
  }
  return checkpoint
}

const isCheckpoint = ({ key }: KafkaRecord): boolean => key?.equals(checkpointKey) ?? false
