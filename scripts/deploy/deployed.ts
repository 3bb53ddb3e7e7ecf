import { setTimeout as delay } from 'node:timers/promises'
import { rowVersionName } from '../../state/row-versions.ts'
import { describeJson } from '../../topology/graph/describe.ts'
import { plan } from '../../topology/graph/plan.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import type { RowSchemas } from '../../topology/task/row-check.ts'
import type { Application } from '../application/application.ts'
import { UsageError } from '../cli/errors.ts'
import type { Config } from '../config/config.ts'
import { connectionOf } from '../logs/cluster.ts'
import { readDeployment } from './apply.ts'
import type { Deployment } from './deployment.ts'
import { rowChanges } from './row-changes.ts'
import { wantedTables } from './wanted.ts'

/** Reads the deployment that `joai apply` noted; throws UsageError where there is none, or where its topology is another one. */
export async function deploymentOf(config: Config, application: Application): Promise<Deployment> {
  const { app } = config
  const deployment = await whenTheyAnswer(() => readDeployment(connectionOf(config), app))
  if (deployment === null) throw new UsageError(`'${app}' is not on this cluster yet: run \`joai apply\``)
  const plans = plan(application.topology)
  const { version } = plans
  if (deployment.topologyVersion !== version) throw new UsageError(otherTopology(deployment, application, version))
  // The version of a topology does not depend on the schemas of its rows.
  const misread = rowChanges(deployment, { tables: wantedTables(plans) }).find(({ impossible }) => impossible)
  if (misread)
    throw new UsageError(`'${app}' has stored rows that this would misread: ${misread.name}: ${misread.words}`)
  return deployment
}

/** Describes how a deployment differs from the topology that a command was given, and what to do about it. */
function otherTopology(
  { app, topologyVersion, nodes }: Deployment,
  { topology, module }: Application,
  version: string,
) {
  const here = operatorsOf(describeJson(topology).nodes)
  const there = operatorsOf(nodes)
  const differences = [
    ['the deployed one has', there.filter(name => !here.includes(name))],
    ['this one has', here.filter(name => !there.includes(name))],
  ] as const
  const described = differences
    .filter(([, names]) => names.length > 0)
    .map(([whose, names]) => `${whose} ${names.slice(0, namesMax).join(', ')}${names.length > namesMax ? ', …' : ''}`)
  return [
    `'${app}' is deployed with topology ${topologyVersion}, and ${module === null ? 'the main one' : `'${module}'`} is ${version}`,
    described.length > 0 ? ` (${described.join('; ')})` : '',
    ': name the topology or extension that was deployed (--topology, or topology or extension in joai.yaml),',
    ' or run `joai apply` to deploy this one',
  ].join('')
}

/** The most operators that one message names. */
const namesMax = 5

const operatorsOf = (nodes: Deployment['nodes']): string[] =>
  nodes.flatMap(({ operator }) => (operator === undefined ? [] : [operator]))

/** Reads the noted schemas of the rows of all versions, for workers that find rows of a version that they do not know. */
export function deployedRowSchemas(config: Config): RowSchemas {
  return async () => {
    const deployment = await whenTheyAnswer(() => readDeployment(connectionOf(config), config.app))
    return new Map(
      Object.entries(deployment?.tables ?? {}).flatMap(([table, { schemas }]) =>
        Object.entries(schemas).map(([version, json]) => [rowVersionName(table, Number(version)), json] as const),
      ),
    )
  }
}

/** Asks again for a while, since brokers that have just started refuse. */
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
