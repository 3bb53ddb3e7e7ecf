import { join } from 'node:path'
import type { KafkaConnection } from '../../connectors/kafka/kafka-client.ts'
import type { KafkaLog, Sabotage } from '../../connectors/kafka/kafka-log.ts'
import { openFileRegistry } from '../../connectors/registry/file-registry.ts'
import { foreignSchemas as registrySchemas } from '../../connectors/registry/foreign-schemas.ts'
import type { SchemaRegistry } from '../../connectors/registry/registry.ts'
import { openSchemaIds } from '../../connectors/registry/schema-ids.ts'
import { allTopics, plan } from '../../topology/graph/plan.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import { UsageError } from '../cli/errors.ts'
import { readText } from '../cli/files.ts'
import { printWarning } from '../cli/output.ts'
import type { Config } from '../config/config.ts'

// The clients of brokers and registries are loaded on demand, because most commands use a folder and start sooner without.

/** Returns how to reach the configured brokers; throws UsageError where there are none. */
export function connectionOf(config: Config): KafkaConnection {
  const { brokers, app, prefix, tls, sasl, saslUser, saslPassword } = config
  if (brokers === '') throw new UsageError('say where the brokers are: --brokers host:port')
  return {
    brokers: brokers.split(','),
    clientId: app,
    prefix,
    ...(tls === 'on' ? { tls: certificates(config) } : {}),
    ...(sasl === 'none' ? {} : { sasl: { mechanism: sasl, username: saslUser, password: saslPassword } }),
  }
}

/** Returns the names of the topics that a topology reads and that are the company's. */
export const foreignIn = (topology: Topology): ReadonlySet<string> =>
  new Set(allTopics(plan(topology)).flatMap(({ name, foreign }) => (foreign ? [name] : [])))

/** Returns the application's consumer group, which also begins the names of its transactions. */
export const groupOf = ({ prefix, app }: Config): string => prefix + app

/** Opens the configured registry, or else the folder `schemas` of the data directory. */
export async function registryOf({ registry, registryUser, registryPassword, data }: Config): Promise<SchemaRegistry> {
  if (registry === '') return openFileRegistry(join(data, 'schemas'))
  const user = registryUser === '' ? undefined : registryUser
  const { openConfluentRegistry } = await import('../../connectors/registry/confluent-registry.ts')
  return openConfluentRegistry({ url: registry, user, password: registryPassword, warn: printWarning })
}

/**
 * Opens the log on the configured cluster, with the registry's ids for the schemas of this topology. `sabotage` is for
 * tests.
 */
export async function openClusterLog(config: Config, topology: Topology, sabotage: Sabotage = {}): Promise<KafkaLog> {
  const registry = await registryOf(config)
  const all = allTopics(plan(topology))
  const unknown = config.unknownSchemas
  const schemaIds = await openSchemaIds({ registry, topics: all.filter(({ foreign }) => !foreign), unknown })
  const foreign = foreignIn(topology)
  const foreignSchemas = registrySchemas(registry, unknown)
  const { openKafkaLog } = await import('../../connectors/kafka/kafka-log.ts')
  const translated = { schemaIds, foreign, foreignSchemas }
  return openKafkaLog({ ...connectionOf(config), app: groupOf(config), ...translated, sabotage })
}

function certificates({ tlsCa, tlsCert, tlsKey }: Config): Exclude<KafkaConnection['tls'], undefined> {
  const named = { ca: tlsCa, cert: tlsCert, key: tlsKey }
  const files = Object.entries(named).filter(([, file]) => file !== '')
  return files.length === 0 ? true : Object.fromEntries(files.map(([name, file]) => [name, readText(file)]))
}
