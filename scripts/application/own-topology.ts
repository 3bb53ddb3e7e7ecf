import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Topology } from '../../topology/graph/topology.ts'
import { UsageError } from '../cli/errors.ts'

/** Loads someone's own topology: a module that exports it as `topology`. */
export async function loadTopology(module: string): Promise<Topology> {
  const file = resolve(module)
  if (!existsSync(file)) throw new UsageError(`there is no file '${module}'`)
  const exported = await load(file, module)
  if (!exported.topology?.nodes)
    throw new UsageError(`'${module}' does not export a topology: write 'export const topology = topology(…)'`)
  return exported.topology
}

async function load(file: string, module: string): Promise<{ readonly topology?: Topology }> {
  try {
    return (await import(pathToFileURL(file).href)) as { topology?: Topology }
  } catch (error) {
    throw new UsageError(`'${module}' can't be loaded: ${(error as Error).message}`)
  }
}
