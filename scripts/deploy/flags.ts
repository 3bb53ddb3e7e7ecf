import type { Command } from 'commander'
import { days } from '../../schemas/record.ts'
import { plan } from '../../topology/graph/plan.ts'
import { applicationOf } from '../application/application.ts'
import { UsageError } from '../cli/errors.ts'
import { type Flags, span, wholeNumber } from '../cli/flags.ts'
import { type Config, settings } from '../config/config.ts'
import { connectionOf, registryOf } from '../logs/cluster.ts'
import type { DeployTarget } from './apply.ts'
import type { Wanted } from './deployment.ts'
import { type Role, roles } from './rights.ts'
import { wanted } from './wanted.ts'

/** Adds the flags of `plan` and `apply`, which say where and how to deploy. */
export function deployFlags(command: Command): Command {
  return command
    .option('--brokers <list>', 'the cluster: host:port, several separated by commas')
    .option('--app <name>', 'the name of the application on the cluster')
    .option('--catalog <file>', 'the catalog to deploy: by it intake checks events')
    .option('--topology <module>', 'deploy the `topology` that this module exports instead of the main one')
    .option('--partitions <n>', 'partitions of each keyed topic')
    .option('--replication <n>', 'copies of each partition; by default 3, or as many as there are brokers', wholeNumber)
    .option('--retention <span>', 'how long a live application keeps its topics', span, days(90))
    .option('--history', 'deploy for history: times and ticks come with the input, and nothing is deleted by age')
    .option('--registry <url>', 'a schema registry; without one, schemas are kept in a folder of --data')
    .option('--data <dir>', 'the folder of stores and schemas')
    .option(
      '--principal <role=principal>',
      `the principal that gets the rights of a role: ${roles.join(', ')}; may be repeated`,
      (given: string, all: readonly string[]) => [...all, given],
      [],
    )
}

/** Reads the flags of `plan` and `apply`. `want` returns the wanted state once the replication is known. */
export async function requestedDeployment(
  flags: Flags,
): Promise<{ config: Config; want(replication: number): Wanted }> {
  const { config } = settings(flags)
  const { topology, words } = await applicationOf(config)
  const { app, prefix, partitions } = config
  const foreign = plan(topology).subTopologies.flatMap(({ topics }) => topics.filter(one => one.foreign))
  if (flags.history && foreign.length > 0)
    throw new UsageError(
      `--history: '${foreign[0]!.name}', which a source of the catalog reads, brings no ticks; deploy it live, or replay a file by \`joai replay --source\``,
    )
  const want = (replication: number) =>
    wanted(plan(topology), {
      app,
      prefix,
      partitions,
      kind: flags.history ? 'history' : 'live',
      retentionMs: flags.retention,
      replication,
      ...(words && { catalog: words }),
    })
  return { config, want }
}

/** Returns the cluster and the registry to deploy to. */
export async function deployTargetOf(flags: Flags, config: Config, brokers: number): Promise<DeployTarget> {
  const replication = flags.replication ?? Math.min(3, brokers)
  if (replication < 1 || replication > brokers)
    throw new UsageError(`--replication must be from 1 to ${brokers}, the number of brokers`)
  return {
    connection: connectionOf(config),
    registry: await registryOf(config),
    replication,
    principals: principalsOf(flags.principal),
  }
}

function principalsOf(given: readonly string[]): ReadonlyMap<Role, string> {
  return new Map(
    given.map(text => {
      const [, role, principal] = /^(\w+)=(\w+:.+)$/.exec(text) ?? []
      const known = roles.find(one => one === role)
      if (known === undefined || principal === undefined)
        throw new UsageError(
          `--principal must be like worker=User:joai, with one of ${roles.join(', ')}; not '${text}'`,
        )
      return [known, principal]
    }),
  )
}
