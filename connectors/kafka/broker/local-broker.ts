import { ConnectorError } from '../../../topology/log/log.ts'
import { findContainerEngine } from '../../containers/container-engine.ts'
import { startDockerBroker } from './docker-broker.ts'
import { javaLacks, startJavaBroker } from './java-broker.ts'
import type { LocalBroker } from './process-broker.ts'

/** How a broker may be obtained. */
export interface BrokerOptions {
  /** Brokers that run already. */
  readonly given?: string | undefined
  /** Folder in which fetched jars are kept. */
  readonly cache: string
  readonly progress?: (text: string) => void
  /** Runs a broker from jars with both of Java's compilers, as in production: for measurements. */
  readonly bothCompilers?: boolean
}

/**
 * Returns the brokers that are given, or starts one: in Docker where an engine answers, else with Java and Maven. Throws
 * `no-broker` with all that is missing.
 */
export async function startBroker({ given, cache, ...options }: BrokerOptions): Promise<LocalBroker> {
  if (given) return { brokers: given, means: 'KAFKA_BROKERS', restart: cannotRestart, stop: async () => undefined }
  const engine = await findContainerEngine()
  if (!('lacks' in engine)) return startDockerBroker(engine)
  const lacks = await javaLacks()
  if (lacks !== null) throw new ConnectorError('no-broker', noBroker(engine.lacks, lacks))
  return startJavaBroker(cache, options)
}

/** Tells what is missing to start a broker here; null when nothing is. */
export async function brokerLacks({ given }: Pick<BrokerOptions, 'given'>): Promise<string | null> {
  if (given) return null
  const engine = await findContainerEngine()
  if (!('lacks' in engine)) return null
  const lacks = await javaLacks()
  return lacks === null ? null : noBroker(engine.lacks, lacks)
}

const noBroker = (noDocker: string, noJava: string): string =>
  `no broker: KAFKA_BROKERS is not set, ${noDocker}, and ${noJava}`

const cannotRestart = async (): Promise<never> => {
  throw new ConnectorError('broker-failed', 'brokers of KAFKA_BROKERS belong to someone else and are not restarted')
}
