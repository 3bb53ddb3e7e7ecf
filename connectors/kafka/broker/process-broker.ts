import { once } from 'node:events'
import { connect, createServer } from 'node:net'
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

/** Finds a port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1)
  return port!
}

/** Finds so many different ports that were free a moment ago: one after the other, the system may give the same one twice. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => (server.address() as { port: number }).port)
  for (const server of servers) server.close()
  await Promise.all(servers.map(server => once(server, 'close')))
  return ports
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
