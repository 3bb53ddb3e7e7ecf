import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort, type LocalBroker, untilReady } from './process-broker.ts'

const run = promisify(execFile)
const image = 'apache/kafka:4.1.0'

/** The client may be there without an engine. */
export const dockerAnswers = (): Promise<boolean> =>
  run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 5000 }).then(
    ({ stdout }) => stdout.trim() !== '',
    () => false,
  )

/** Starts Apache Kafka's own image, which goes away with all its data when it is stopped. Throws `broker-failed`. */
export async function startDockerBroker(): Promise<LocalBroker> {
  const port = await freePort()
  const settings = Object.entries(environment(port)).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const { stdout } = await run('docker', ['run', '-d', '-p', `127.0.0.1:${port}:${port}`, ...settings, image])
  const container = stdout.trim()
  await untilReady(port)
  return {
    brokers: `127.0.0.1:${port}`,
    means: `the image ${image} in Docker`,
    async restart(awayMs = 0) {
      await run('docker', ['kill', container])
      await delay(awayMs)
      await run('docker', ['start', container])
      await untilReady(port)
    },
    async stop() {
      await run('docker', ['rm', '-f', '-v', container])
    },
  }
}

const environment = (port: number) => ({
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_LISTENERS: `PLAINTEXT://:${port},CONTROLLER://:9093`,
  KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
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
