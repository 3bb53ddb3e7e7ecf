import type { TopicPartition } from '../../topology/log/log.ts'
import type { Fetcher } from './fetcher.ts'
import { whenDecided } from './producer.ts'
import { type Connections, coordinatorOf } from './protocol/kafkajs-internals.ts'
import type { KafkaRecord } from './protocol/record-batches.ts'

/** The key of the head in a changelog; no row has it. */
export const headKey = Buffer.from('\u0000head')

/** The positions of a group on topics whose names have this in front; null before the first commit. */
export async function positionsOf(
  connections: Connections,
  { groupId, prefix }: { readonly groupId: string; readonly prefix: string },
  partitions: readonly TopicPartition[],
): Promise<(number | null)[]> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))].map(topic => ({
    topic: prefix + topic,
    partitions: partitions.filter(one => one.topic === topic).map(({ partition }) => ({ partition })),
  }))
  const { responses } = await whenDecided(async () => {
    const group = await connections.findGroupCoordinator({ groupId, coordinatorType: coordinatorOf.group })
    return group.offsetFetch({ groupId, topics })
  })
  const offsets = new Map(
    responses.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)] as const),
    ),
  )
  return partitions.map(({ topic, partition }) => {
    const offset = offsets.get(`${prefix}${topic}/${partition}`)!
    return offset < 0 ? null : offset
  })
}

/** The last committed head: from the end backwards, ever further, since what was aborted may stand behind it. */
export async function headOf(
  fetcher: Fetcher,
  topic: string,
  partition: number,
  end: number,
): Promise<Uint8Array | null> {
  for (let span = 16; ; span *= 8) {
    const from = Math.max(0, end - span)
    const head = await lastHead(fetcher, topic, partition, from, end)
    if (head !== null || from === 0) return head
  }
}

async function lastHead(
  fetcher: Fetcher,
  topic: string,
  partition: number,
  from: number,
  end: number,
): Promise<Uint8Array | null> {
  let head: Buffer | null = null
  for (let at = from; at < end; ) {
    const { records, next } = await fetcher.read(topic, partition, at, 10_000)
    for (const { unreadable } of records) if (unreadable) throw unreadable
    head = records.findLast(isHead)?.value ?? head
    if (next === at) break
    at = next
  }
  return head
}

const isHead = ({ key }: KafkaRecord): boolean => key?.equals(headKey) ?? false
