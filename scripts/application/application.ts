import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import { type CatalogDeclaration, catalogOf } from '../../schemas/catalog/catalog.ts'
import { topics } from '../../schemas/topics.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import { type Extension, type JourneySettings, journey } from '../../topology/journey.ts'
import { UsageError } from '../cli/errors.ts'
import type { Config } from '../config/config.ts'
import { readCatalogFile } from '../input/catalog-file.ts'
import { loadModule, namingFile } from './module.ts'

/** The topology that a deployment runs. */
export interface Application {
  readonly topology: Topology
  /** The module that exports the topology or the extension; null for the main topology as it is. */
  readonly module: string | null
  /** Whether it decides for persons: the main topology does, and every extension of it. */
  readonly decides: boolean
  /** The catalog by which intake checks events; undefined for the words of version 0.1. */
  readonly words?: CatalogDeclaration
}

/**
 * The topology that the configuration names: the main one, the main one with an extension, or the user's own. Intake checks
 * events by `words`, or else by the catalog that the configuration names.
 */
export async function applicationOf(
  { topology, extension, catalog, secret }: ApplicationConfig,
  words?: CatalogDeclaration,
): Promise<Application> {
  if (topology !== '' && extension !== '')
    throw new UsageError(
      'topology and extension are both set: an extension is one of the main topology; your own topology needs none',
    )
  const declared = words ?? (catalog === '' ? undefined : readCatalogFile(catalog))
  const journeySettings = { secret, ...(declared && { catalog: catalogOf(declared, builtInEvents) }) }
  const built =
    topology !== ''
      ? await ownTopology(topology)
      : extension !== ''
        ? await extended(extension, journeySettings)
        : journey(journeySettings)
  const decides = built.nodes.some(node => node.kind === 'sink' && node.topic === topics.decisions)
  return { topology: built, module: topology || extension || null, decides, ...(declared && { words: declared }) }
}

/** The part of a configuration that says which topology runs. */
export type ApplicationConfig = Pick<Config, 'topology' | 'extension' | 'catalog' | 'secret'>

/** Refuses what only the main topology and its extensions can do; `what` names it. */
export function assertDecides({ decides, module }: Pick<Application, 'decides' | 'module'>, what: string): void {
  if (!decides)
    throw new UsageError(
      `${what} needs the main topology or an extension of it, and '${module}' is a topology of its own`,
    )
}

async function ownTopology(file: string): Promise<Topology> {
  const { topology, extension } = await loadModule(file)
  if (isTopology(topology)) return topology
  throw new UsageError(
    typeof extension === 'function'
      ? `'${file}' exports an extension, not a topology: name it as 'extension' in joai.yaml`
      : `'${file}' does not export a topology: write 'export const topology = topology(…)'`,
  )
}

async function extended(file: string, journeySettings: JourneySettings): Promise<Topology> {
  const { topology, extension } = (await loadModule(file)) as { topology?: unknown; extension?: Extension }
  if (typeof extension !== 'function')
    throw new UsageError(
      isTopology(topology)
        ? `'${file}' exports a topology, not an extension: name it as 'topology' in joai.yaml, or by --topology`
        : `'${file}' does not export an extension: write 'export const extension = (graph, streams) => { … }'`,
    )
  return namingFile(file, 'fails where it wires its operators', () => journey(journeySettings, extension))
}

/** Tells whether `topology` of this or another copy of the package built a value: no other graph has been checked. */
function isTopology(value: unknown): value is Topology {
  const { name, nodes } = Object(value) as Partial<Topology>
  if (typeof name !== 'string' || !Array.isArray(nodes)) return false
  return nodes.some(node => node?.kind === 'source' && typeof node.topic?.name === 'string')
}
