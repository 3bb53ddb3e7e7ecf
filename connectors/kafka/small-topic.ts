import { randomUUID } from 'node:crypto'
import type { Kafka } from 'kafkajs'
import { type KafkaConnection, kafkaClient, kafkaExchange } from './kafka-client.ts'

/** Retries for long: the first group of a cluster waits for the broker to create its topic of groups, and a new topic waits for its leader. */
const patientRetry = { initialRetryTime: 100, maxRetryTime: 2000, retries: 20 }

/** A record of a small topic. */
export interface SmallRecord {
  readonly key: string
  readonly value: Uint8Array
}

/** Reads all records of a topic with one partition, in order. For small topics that are seldom read. Throws `cluster-failed`. */
export function readSmallTopic(connection: KafkaConnection, name: string): Promise<SmallRecord[]> {
  const [kafka, topic] = clientAndTopic(connection, name)
  return kafkaExchange('cluster-failed', `can't read '${topic}'`, async () => {
    const end = await endOf(kafka, topic)
    if (end === 0n) return []
    const groupId = `${topic}-${randomUUID()}`
    const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, retry: patientRetry })
    try {
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      return await readTo(consumer, end)
    } finally {
      await consumer.disconnect()
      await deleteGroup(kafka, groupId)
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

function readTo(consumer: ReturnType<Kafka['consumer']>, end: bigint): Promise<SmallRecord[]> {
  return new Promise((resolve, reject) => {
    const records: SmallRecord[] = []
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      // The consumer retries temporary errors by itself, such as a coordinator that is still loading.
      if (!payload.restart) reject(payload.error)
    })
    consumer
      .run({
        autoCommit: false,
        async eachBatch({ batch }) {
          for (const { key, value } of batch.messages)
            records.push({ key: key?.toString() ?? '', value: value ?? new Uint8Array() })
          if (BigInt(batch.lastOffset()) + 1n >= end) resolve(records)
        },
      })
      .catch(reject)
  })
}

async function endOf(kafka: Kafka, topic: string): Promise<bigint> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const [partition] = await admin.fetchTopicOffsets(topic)
    return BigInt(partition?.high ?? '0')
  } finally {
    await admin.disconnect()
  }
}

async function deleteGroup(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  // The broker removes a group without members and positions by itself; this is only sooner.
  await admin.deleteGroups([groupId]).catch(() => undefined)
  await admin.disconnect()
}
