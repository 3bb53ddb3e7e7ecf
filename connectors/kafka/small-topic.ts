import { setTimeout as delay } from 'node:timers/promises'
import kafkajs, { type Kafka } from 'kafkajs'
import { type KafkaConnection, kafkaClient, kafkaExchange } from './kafka-client.ts'
import { readFetchResponse } from './protocol/fetch-response.ts'
import { type Broker, connectionsOf, fetchRaw, leaderOf } from './protocol/kafkajs-internals.ts'
import { listEnds } from './protocol/list-offsets.ts'
import { protocolError } from './protocol/protocol-error.ts'
import { committedRecords } from './protocol/record-batches.ts'

/** Retries for long, because a new topic waits for its leader. */
const patientRetry = { initialRetryTime: 100, maxRetryTime: 2000, retries: 20 }
const readTriesMax = 10
const fetched = { maxWaitTime: 100, maxBytes: 16 << 20 }
const offsetOutOfRange = 'OFFSET_OUT_OF_RANGE'

/** A record of a small topic. */
export interface SmallRecord {
  readonly key: string
  readonly value: Uint8Array
}

/**
 * Reads all records of a topic with one partition, in order, whatever codec packs them. For small topics that are seldom read.
 * Throws `cluster-failed`, and the codes of a batch that can't be read.
 */
export function readSmallTopic(connection: KafkaConnection, name: string): Promise<SmallRecord[]> {
  const [kafka, topic] = clientAndTopic(connection, name)
  return kafkaExchange('cluster-failed', `can't read '${topic}'`, async () => {
    for (let tries = 1; ; tries++)
      try {
        return await readOnce(kafka, topic)
      } catch (error) {
        if (tries === readTriesMax || !isTemporary(error)) throw error
        await delay(100 * tries)
      }
  })
}

/** Appends one record to a topic with one partition. Throws `cluster-failed`. */
export function appendToSmallTopic(
  connection: KafkaConnection,
  name: string,
  { key, value }: SmallRecord,
): Promise<void> {
  const [kafka, topic] = clientAndTopic(connection, name)
  return kafkaExchange('cluster-failed', `can't write '${topic}'`, async () => {
    const producer = kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      maxInFlightRequests: 1,
      retry: patientRetry,
    })
    await producer.connect()
    try {
      await producer.send({ topic, acks: -1, messages: [{ key, value: Buffer.from(value), partition: 0 }] })
    } finally {
      await producer.disconnect()
    }
  })
}

const clientAndTopic = (connection: KafkaConnection, name: string): [Kafka, string] => [
  kafkaClient(connection),
  (connection.prefix ?? '') + name,
]

/** Tells whether another try may succeed: the leader has moved, or the start of the topic has. */
const isTemporary = (error: unknown): boolean =>
  error instanceof kafkajs.KafkaJSError && (error.retriable || (error as { type?: string }).type === offsetOutOfRange)

async function readOnce(kafka: Kafka, topic: string): Promise<SmallRecord[]> {
  const connections = connectionsOf(kafka)
  try {
    await connections.connect()
    await connections.addMultipleTargetTopics([topic])
    const broker = await connections.findBroker({ nodeId: leaderOf(connections, { topic, partition: 0 }) ?? -1 })
    const [answer] = await listEnds(broker, 'decided', [{ topic, partition: 0 }])
    if (answer!.errorCode !== 0) throw protocolError(answer!.errorCode)
    return await readBetween(broker, topic, await startOf(kafka, topic), answer!.end)
  } finally {
    await connections.disconnect()
  }
}

async function startOf(kafka: Kafka, topic: string): Promise<number> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const [partition] = await admin.fetchTopicOffsets(topic)
    return Number(partition?.low ?? 0)
  } finally {
    await admin.disconnect()
  }
}

async function readBetween(broker: Broker, topic: string, start: number, end: number): Promise<SmallRecord[]> {
  const found: SmallRecord[] = []
  for (let from = start; from < end; ) {
    const partitions = [{ partition: 0, fetchOffset: from, maxBytes: fetched.maxBytes }]
    const [answer] = readFetchResponse(await fetchRaw(broker, [{ topic, partitions }], fetched))
    if (answer!.errorCode !== 0) throw protocolError(answer!.errorCode)
    const { records, next } = committedRecords(answer!.batches, from, answer!.aborted)
    for (const { key, value, unreadable } of records) {
      if (unreadable) throw unreadable
      found.push({ key: key?.toString() ?? '', value: value ?? new Uint8Array() })
    }
    from = next
  }
  return found
}
