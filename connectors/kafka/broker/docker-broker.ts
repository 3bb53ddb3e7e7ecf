import { setTimeout as delay } from 'node:timers/promises'
import type { ContainerEngine } from '../../containers/container-engine.ts'
import { freePort } from '../../free-port.ts'
import { type LocalBroker, untilReady } from './process-broker.ts'

const image = 'apache/kafka:4.1.0'

/**
 * Starts Apache Kafka's own image, which is removed with all its data when it is stopped, and by Testcontainers when this
 * process is killed. Throws `broker-failed`.
 */
export async function startDockerBroker({ library, client, host }: ContainerEngine): Promise<LocalBroker> {
  // The broker tells clients its address, so that its port must be known before it starts.
  const port = await freePort()
  const brokers = `${host}:${port}`
  const started = await new library.GenericContainer(image)
    .withEnvironment(environment(port, brokers))
    .withExposedPorts({ container: port, host: port })
    .start()
  await untilReady(brokers)
  const container = client.container.getById(started.getId())
  return {
    brokers,
    means: `the image ${image} in Docker`,
    async restart(awayMs = 0) {
      await container.kill()
      await delay(awayMs)
      await container.start()
      await untilReady(brokers)
    },
    async stop() {
      await started.stop()
    },
  }
}

const environment = (port: number, brokers: string) => ({
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_LISTENERS: `PLAINTEXT://:${port},CONTROLLER://:9093`,
  KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${brokers}`,
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
})
