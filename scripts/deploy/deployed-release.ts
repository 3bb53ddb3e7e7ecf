import { kafkaClient } from '../../connectors/kafka/kafka-client.ts'
import { appendSmall, readSmall } from '../../connectors/kafka/small-topic.ts'
import { openSchemaIds, type SchemaIds } from '../../connectors/registry/schema-ids.ts'
import type { Release } from '../../operators/release/release.ts'
import type { Control } from '../../schemas/generated.ts'
import { topics } from '../../schemas/topics.ts'
import { decodeValue, encodeValue, typeOf } from '../../schemas/wire.ts'
import { connectionOf, registryOf } from '../cluster.ts'
import type { Config } from '../config.ts'
import { controlOf } from '../input.ts'
import { UsageError } from '../output.ts'
import { releaseOf } from '../verify/releases.ts'
import { readDeployment } from './apply.ts'

const { control } = topics

/** The release that stands last on a cluster's `control`; null when there is none. */
export async function deployedRelease(config: Config): Promise<Release | null> {
  const ids = await controlIds(config)
  const releases: Release[] = []
  for (const { value } of await readSmall(kafkaClient(connectionOf(config)), control.name)) {
    await ids.prepare(control.name, [value])
    const known = ids.incoming(control.name, value)
    if (typeOf(control, known) !== 'control') continue
    const release = releaseOf(decodeValue(control.types.control, known))?.release
    if (release !== undefined) releases.push(release)
  }
  return releases.at(-1) ?? null
}

/** Puts a release on a live application's `control`, where it takes effect at one position in each partition. */
export async function publishRelease(config: Config, release: Release): Promise<Control> {
  const connection = connectionOf(config)
  const deployment = await readDeployment(connection, config.app)
  if (deployment === null) throw new UsageError(`'${config.app}' is not deployed there: run joai apply`)
  if (deployment.kind === 'history')
    throw new UsageError(`'${config.app}' runs history: its releases come with the input, by joai ingest --release`)
  const record = controlOf(release)
  const ids = await controlIds(config)
  const value = ids.outgoing(control.name, encodeValue(control.types.control, record))
  await appendSmall(kafkaClient(connection), control.name, { key: record.controlId, value })
  return record
}

async function controlIds(config: Config): Promise<SchemaIds> {
  return openSchemaIds({ registry: await registryOf(config), topics: [control] })
}
