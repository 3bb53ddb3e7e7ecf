import type { Adapter } from '../../connectors/adapters/adapter.ts'
import { completeJourney } from '../../connectors/adapters/complete-journey.ts'
import { jsonLines } from '../../connectors/adapters/json-lines.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import { sample } from './sample-adapter.ts'

const all: readonly Adapter[] = [completeJourney, jsonLines, sample]

/** The names of all adapters. */
export const adapterNames: readonly string[] = all.map(({ name }) => name)

/** Finds an adapter by name; throws `unknown-adapter`, which lists the names. */
export function adapterNamed(name: string): Adapter {
  const found = all.find(adapter => adapter.name === name)
  if (found) return found
  throw new ConnectorError('unknown-adapter', `there is no adapter '${name}': choose one of ${adapterNames.join(', ')}`)
}
