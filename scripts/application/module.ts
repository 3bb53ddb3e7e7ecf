import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TopologyError } from '../../topology/graph/topology-error.ts'
import { UsageError } from '../cli/errors.ts'

/** Loads a module of the user's; throws UsageError, or TopologyError for wrong wiring, that names the file. */
export async function loadModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  const path = resolve(file)
  if (!existsSync(path)) throw new UsageError(`there is no file '${file}'`)
  if (/\.[cm]?ts$/.test(path) && !canRunTypeScript)
    throw new UsageError(`'${file}' is TypeScript: compile it, and name the .js file`)
  return namingFile(file, "can't be loaded", () => import(pathToFileURL(path).href))
}

/** Runs code of a module of the user's: what it throws is about the file, and is no bug of ours. */
export async function namingFile<T>(file: string, what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { name, message } = error as { readonly name?: string; readonly message?: string }
    // By its name: the module may import another copy of the package, whose class is another one.
    if (name === 'TopologyError') throw new TopologyError(`'${file}': ${message}`)
    throw new UsageError(`'${file}' ${what}: ${message ?? String(error)}`)
  }
}

const canRunTypeScript = 'typescript' in process.features && Boolean(process.features.typescript)
