import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Topology } from '../topology/topology.ts'
import { UsageError } from './output.ts'

/** Loads someone's own topology: a module that exports it as `topology`. */
export async function loadTopology(module: string): Promise<Topology> {
  const file = resolve(module)
  if (!existsSync(file)) throw new UsageError(`there is no file '${module}'`)
  const exported = (await import(pathToFileURL(file).href)) as { topology?: Topology }
  if (!exported.topology?.nodes)
    throw new UsageError(`'${module}' does not export a topology: write 'export const topology = topology(…)'`)
  return exported.topology
}
