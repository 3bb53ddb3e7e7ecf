import { randomUUID } from 'node:crypto'
import type { Kafka } from 'kafkajs'
import { type KafkaConnection, kafkaAttempt, kafkaClient } from './kafka-client.ts'

/** The first group of a cluster waits until the broker has made the topic that keeps groups; a new topic, for its leader. */
const patient = { initialRetryTime: 100, maxRetryTime: 2000, retries: 20 }

/** A record of a small topic. */
export interface SmallRecord {
  readonly key: string
  readonly value: Uint8Array
}

/** All records of a topic of one partition, in order: for what is small and seldom read. Throws `cluster-failed`. */
export function readSmall(connection: KafkaConnection, name: string): Promise<SmallRecord[]> {
  const [kafka, topic] = placeOf(connection, name)
  return kafkaAttempt('cluster-failed', `can't read '${topic}'`, async () => {
    const end = await endOf(kafka, topic)
    if (end === 0n) return []
    const groupId = `${topic}-${randomUUID()}`
    const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, retry: patient })
    try {
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      return await readTo(consumer, end)
    } finally {
      await consumer.disconnect()
      await forgetGroup(kafka, groupId)
    }
  })
}

/** Appends one record to a topic of one partition. Throws `cluster-failed`. */
export function appendSmall(connection: KafkaConnection, name: string, { key, value }: SmallRecord): Promise<void> {
  const [kafka, topic] = placeOf(connection, name)
  return kafkaAttempt('cluster-failed', `can't write '${topic}'`, async () => {
    const producer = kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      maxInFlightRequests: 1,
      retry: patient,
    })
    await producer.connect()
    try {
      await producer.send({ topic, acks: -1, messages: [{ key, value: Buffer.from(value), partition: 0 }] })
    } finally {
      await producer.disconnect()
    }
  })
}

const placeOf = (connection: KafkaConnection, name: string): [Kafka, string] => [
  kafkaClient(connection),
  (connection.prefix ?? '') + name,
]

function readTo(consumer: ReturnType<Kafka['consumer']>, end: bigint): Promise<SmallRecord[]> {
  return new Promise((resolve, reject) => {
    const records: SmallRecord[] = []
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      // What passes, such as a coordinator that still loads, it tries again by itself.
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

async function forgetGroup(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  // A group without members and positions goes away by itself; this only tidies up sooner.
  await admin.deleteGroups([groupId]).catch(() => undefined)
  await admin.disconnect()
}
