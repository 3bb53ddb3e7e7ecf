import { type PlannedBatch, writeBatch } from './batch-writer.ts'
import { type Broker, exchange, type RequestKind, type Transaction } from './kafkajs-internals.ts'
import { type WireReader, WireWriter } from './wire.ts'

/** One partition's batch in a request. */
export interface ProducedBatch {
  readonly topic: string
  readonly partition: number
  readonly firstSequence: number
  readonly batch: PlannedBatch
}

/** A broker's answer for one batch: the offset of its first record, or an error code (0 means success). */
export interface ProducedAnswer {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly baseOffset: number
}

/** Version 7 is not flexible. Version 12 is the first in which a write adds its partition to the transaction (KIP-890). */
export type ProduceVersion = 7 | 12

const firstFlexible = 9
const allReplicas = -1
const timeoutMs = 30_000
/** An upper limit for the size of a topic's or partition's fields, without its name and batch. */
const fieldBytes = 64

export const produceKind = (apiVersion: ProduceVersion): RequestKind => ({ apiName: 'Produce', apiKey: 0, apiVersion })

/** Writes one batch to each partition. The broker must lead them all, and no partition may occur twice. */
export async function produce(
  broker: Broker,
  version: ProduceVersion,
  transaction: Transaction,
  batches: readonly ProducedBatch[],
): Promise<readonly ProducedAnswer[]> {
  const isFlexible = version >= firstFlexible
  const body = bodyOf(isFlexible, transaction, batches)
  const read = (from: WireReader) => ({ answers: answersIn(isFlexible, from), clientSideThrottleTime: from.int32() })
  return (await exchange(broker, produceKind(version), body, read)).answers
}

function bodyOf(isFlexible: boolean, transaction: Transaction, batches: readonly ProducedBatch[]): Buffer {
  const { transactionalId, producerEpoch } = transaction
  const producerId = BigInt(transaction.producerId)
  const topics = new Map<string, ProducedBatch[]>()
  for (const one of batches) topics.set(one.topic, [...(topics.get(one.topic) ?? []), one])
  const bytes = batches.reduce((sum, { topic, batch }) => sum + batch.bytes + 3 * topic.length + fieldBytes, 0)
  const body = new WireWriter(bytes + 3 * transactionalId.length + fieldBytes)
  const text = (value: string) => (isFlexible ? body.compactText(value) : body.text(value))
  const count = (items: number) => (isFlexible ? body.uvarint(items + 1) : body.int32(items))
  const tags = () => isFlexible && body.byte(0)
  tags()
  text(transactionalId)
  body.int16(allReplicas)
  body.int32(timeoutMs)
  count(topics.size)
  for (const [topic, parts] of topics) {
    text(topic)
    count(parts.length)
    for (const { partition, batch, firstSequence } of parts) {
      body.int32(partition)
      count(batch.bytes)
      writeBatch(body, batch, { producerId, producerEpoch, firstSequence })
      tags()
    }
    tags()
  }
  tags()
  return body.written
}

function answersIn(isFlexible: boolean, from: WireReader): ProducedAnswer[] {
  const tags = () => isFlexible && from.tags()
  const array = <T>(item: () => T): T[] => (isFlexible ? from.compactArray(item) : from.array(item))
  tags()
  const answers = array(() => {
    const topic = isFlexible ? from.compactText() : from.text()
    const partitions = array(() => {
      const answer = { topic, partition: from.int32(), errorCode: from.int16(), baseOffset: from.int64() }
      // Skips the append time and the start of the log.
      from.skip(8 + 8)
      if (isFlexible) {
        from.compactArray(() => {
          from.skip(4)
          from.compactText()
          from.tags()
        })
        from.compactText()
      }
      tags()
      return answer
    })
    tags()
    return partitions
  })
  return answers.flat()
}
