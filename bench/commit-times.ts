import { kafkaClient } from '../connectors/kafka/kafka-client.ts'
import { readFetchResponse } from '../connectors/kafka/protocol/fetch-response.ts'
import { type Connections, connectionsOf, fetchRaw } from '../connectors/kafka/protocol/kafkajs-internals.ts'
import { recordBatches, recordsOf } from '../connectors/kafka/protocol/record-batches.ts'
import type { Config } from '../scripts/config/config.ts'
import { connectionOf } from '../scripts/logs/cluster.ts'

/**
 * Reads the commit times of the transactions on each partition of a topic, in ms since the epoch by the broker's clock: the
 * broker writes a marker at the end of each transaction (Kafka's record format, "Control Batches").
 */
export async function commitTimes(config: Config, topic: string): Promise<number[][]> {
  const connections = connectionsOf(kafkaClient(connectionOf(config)))
  const name = config.prefix + topic
  await connections.connect()
  try {
    await connections.addMultipleTargetTopics([name])
    const partitions = connections.findTopicPartitionMetadata(name)
    return await Promise.all(partitions.map((_, partition) => timesOf(connections, name, partition)))
  } finally {
    await connections.disconnect()
  }
}

const bytes = 4 << 20
const commitMarker = 1

async function timesOf(connections: Connections, topic: string, partition: number): Promise<number[]> {
  const { leader } = connections.findTopicPartitionMetadata(topic).find(one => one.partitionId === partition)!
  const broker = await connections.findBroker({ nodeId: leader })
  const times: number[] = []
  for (let from = 0; ; ) {
    const asked = [{ topic, partitions: [{ partition, fetchOffset: from, maxBytes: bytes }] }]
    const [response] = readFetchResponse(await fetchRaw(broker, asked, { maxWaitTime: 100, maxBytes: bytes }))
    for (const batch of recordBatches(response!.batches)) {
      from = batch.lastOffset + 1
      if (batch.isControl)
        for (const { key, timestamp } of recordsOf(batch))
          if (key?.readInt16BE(2) === commitMarker) times.push(timestamp)
    }
    if (from >= response!.lastStableOffset) return times
  }
}

/** Returns the longest interval between `from` and `to` in which none of these times lies. */
export function longestGap(times: readonly number[], from: number, to: number): number {
  const within = times.filter(time => time > from && time < to)
  return [...within, to].reduce(
    ({ last, longest }, time) => ({ last: time, longest: Math.max(longest, time - last) }),
    { last: from, longest: 0 },
  ).longest
}
