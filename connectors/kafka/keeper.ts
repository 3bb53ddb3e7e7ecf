import { randomUUID } from 'node:crypto'
import type { Kafka } from 'kafkajs'
import { kafkaAttempt } from './kafka-client.ts'

/** The last value of a key in a compacted topic of one partition; null when there is none. For what is small and seldom read. */
export async function readKept(kafka: Kafka, topic: string, key: string): Promise<string | null> {
  return kafkaAttempt('cluster-failed', `can't read '${topic}'`, async () => {
    const end = await endOf(kafka, topic)
    if (end === 0n) return null
    const groupId = `${topic}-${randomUUID()}`
    const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false })
    try {
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      return await lastOf(consumer, key, end)
    } finally {
      await consumer.disconnect()
      await forgetGroup(kafka, groupId)
    }
  })
}

/** Puts a value under a key. */
export async function keep(kafka: Kafka, topic: string, key: string, value: string): Promise<void> {
  await kafkaAttempt('cluster-failed', `can't write '${topic}'`, async () => {
    const producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false, maxInFlightRequests: 1 })
    await producer.connect()
    try {
      await producer.send({ topic, acks: -1, messages: [{ key, value, partition: 0 }] })
    } finally {
      await producer.disconnect()
    }
  })
}

function lastOf(consumer: ReturnType<Kafka['consumer']>, key: string, end: bigint): Promise<string | null> {
  return new Promise((resolve, reject) => {
    let last: string | null = null
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    consumer
      .run({
        autoCommit: false,
        eachBatchAutoResolve: true,
        async eachBatch({ batch }) {
          for (const message of batch.messages)
            if (message.key?.toString() === key) last = message.value?.toString() ?? null
          if (BigInt(batch.lastOffset()) + 1n >= end) resolve(last)
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
