import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { ConnectorError } from '../../../topology/log/log.ts'
import { kafkaClient } from '../kafka-client.ts'

/** A running broker for development and tests. */
export interface LocalBroker {
  readonly brokers: string
  /** Describes how it was obtained: for messages. */
  readonly means: string
  /** Kills it without warning, and starts it again on the same data and port after `awayMs`. */
  restart(awayMs?: number): Promise<void>
  /** Stops it, and deletes its data. */
  stop(): Promise<void>
}

function answers(broker: string): Promise<boolean> {
  const { hostname, port } = new URL(`kafka://${broker}`)
  return new Promise(resolve => {
    const socket = connect(Number(port), hostname)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/**
 * Waits until the broker (`host:port`) answers and keeps groups and transactions, whose topics it creates when it is first
 * asked for them. Throws `broker-failed` after a minute, or as soon as `isGone` says that its process has ended.
 */
export async function untilReady(broker: string, isGone: () => boolean = () => false): Promise<void> {
  const kafka = kafkaClient({ brokers: [broker], clientId: 'joai-broker' })
  for (const until = performance.now() + 60_000; performance.now() < until && !isGone(); await delay(100)) {
    if (!(await answers(broker))) continue
    const admin = kafka.admin()
    const producer = kafka.producer({ transactionalId: 'joai-broker', idempotent: true, maxInFlightRequests: 1 })
    try {
      await admin.connect()
      await admin.fetchOffsets({ groupId: 'joai-broker' })
      await producer.connect()
      await (await producer.transaction()).abort()
      return
    } catch {
      // Not yet.
    } finally {
      await admin.disconnect()
      await producer.disconnect()
    }
  }
  throw new ConnectorError('broker-failed', 'Apache Kafka did not start')
}
