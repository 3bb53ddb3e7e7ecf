import { ConnectorError } from '../../../topology/log/log.ts'
import { findContainerEngine } from '../../containers/container-engine.ts'
import { startDockerBroker } from './docker-broker.ts'
import { javaLacks, startJavaBroker } from './java-broker.ts'
import type { LocalBroker } from './process-broker.ts'

export interface BrokerMeans {
  /** Brokers that run already. */
  readonly given?: string | undefined
  /** Where fetched jars are kept. */
  readonly cache: string
  readonly progress?: (text: string) => void
  /** For measurements: a broker from jars then runs as in production. Others do anyway. */
  readonly bothCompilers?: boolean
}

/** The first broker that can be had: one that runs already, Docker, or Java with Maven. Throws `no-broker` with what is missing. */
export async function startBroker({ given, cache, ...options }: BrokerMeans): Promise<LocalBroker> {
  if (given) return { brokers: given, means: 'KAFKA_BROKERS', restart: cannotRestart, stop: async () => undefined }
  const engine = await findContainerEngine()
  if (!('lacks' in engine)) return startDockerBroker(engine)
  const lacks = await javaLacks()
  if (lacks !== null) throw new ConnectorError('no-broker', noBroker(engine.lacks, lacks))
  return startJavaBroker(cache, options)
}

/** Why no broker can be had here; null when one can. */
export async function brokerLacks({ given }: Pick<BrokerMeans, 'given'>): Promise<string | null> {
  if (given) return null
  const engine = await findContainerEngine()
  if (!('lacks' in engine)) return null
  const lacks = await javaLacks()
  return lacks === null ? null : noBroker(engine.lacks, lacks)
}

const noBroker = (noDocker: string, noJava: string): string =>
  `no broker: KAFKA_BROKERS is not set, ${noDocker}, and ${noJava}`

const cannotRestart = async (): Promise<never> => {
  throw new ConnectorError('broker-failed', 'brokers of KAFKA_BROKERS are not ours to restart')
}
