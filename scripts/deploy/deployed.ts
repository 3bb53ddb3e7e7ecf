import { setTimeout as delay } from 'node:timers/promises'
import { plan } from '../../topology/graph/plan.ts'
import { journey } from '../../topology/journey.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import { UsageError } from '../cli/errors.ts'
import type { Config } from '../config/config.ts'
import { connectionOf } from '../logs/cluster.ts'
import { readDeployment } from './apply.ts'
import type { Deployment } from './deployment.ts'

/** What `joai apply` noted; throws UsageError where it was not done, or with another topology. */
export async function deploymentOf(config: Config): Promise<Deployment> {
  const { app, secret } = config
  const deployment = await whenTheyAnswer(() => readDeployment(connectionOf(config), app))
  if (deployment === null) throw new UsageError(`'${app}' is not on this cluster yet: run \`joai apply\``)
  const { version } = plan(journey({ secret }))
  if (deployment.topologyVersion !== version)
    throw new UsageError(
      `'${app}' is deployed with topology ${deployment.topologyVersion}, and this is ${version}: run \`joai apply\``,
    )
  return deployment
}

/** Brokers that have just started refuse for a while. */
async function whenTheyAnswer<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (tries >= 10 || !(error instanceof ConnectorError && error.retryable)) throw error
      await delay(200 * tries)
    }
  }
}
