import type { TopicPartition } from '../../../topology/log/log.ts'
import { type Broker, exchange } from './kafkajs-internals.ts'
import { WireWriter } from './wire.ts'

/** Which end of a partition is asked for: that of all records, that of the records of decided transactions, or its start. */
export type EndKind = 'written' | 'decided' | 'start'

/** A broker's answer for one partition. */
export interface PartitionEnd extends TopicPartition {
  readonly errorCode: number
  /** The offset after the last record; for `start` that of the first one. */
  readonly end: number
}

const latest = -1n
const earliest = -2n
const listOffsets = { apiName: 'ListOffsets', apiKey: 2, apiVersion: 2 }

/**
 * Asks the leader of partitions for their ends (ListOffsets version 2, Kafka protocol guide). An error of one partition stands
 * in its own answer; kafkajs's request would throw it for all.
 */
export async function listEnds(
  broker: Broker,
  kind: EndKind,
  partitions: readonly TopicPartition[],
): Promise<readonly PartitionEnd[]> {
  const body = new WireWriter(64 * partitions.length + 16)
  body.int32(-1)
  body.byte(kind === 'decided' ? 1 : 0)
  body.int32(partitions.length)
  for (const { topic, partition } of partitions) {
    body.text(topic)
    body.int32(1)
    body.int32(partition)
    body.int64(kind === 'start' ? earliest : latest)
  }
  const { ends } = await exchange(broker, listOffsets, body.written, from => {
    const clientSideThrottleTime = from.int32()
    const ends = from.array(() => {
      const topic = from.text()
      return from.array(() => {
        const [partition, errorCode] = [from.int32(), from.int16()]
        from.skip(8)
        return { topic, partition, errorCode, end: from.int64() }
      })
    })
    return { clientSideThrottleTime, ends: ends.flat() }
  })
  return ends
}
