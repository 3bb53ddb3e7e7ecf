import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TopologyError } from '../../topology/graph/topology-error.ts'
import { UsageError } from '../cli/errors.ts'
import { printStatus, reportError } from '../cli/output.ts'

/** Loads a module of the user's; throws UsageError, or TopologyError for wrong wiring, that names the file. */
export async function loadModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  const path = resolve(file)
  if (!existsSync(path)) throw new UsageError(`there is no file '${file}'`)
  if (statSync(path).isDirectory()) throw new UsageError(`'${file}' is a folder: name the file of the module`)
  if (/\.[cm]?ts$/.test(path) && !canRunTypeScript)
    throw new UsageError(`'${file}' is TypeScript: compile it, and name the .js file`)
  return namingFile(file, "can't be loaded", () => watched(file, import(pathToFileURL(path).href)))
}

/**
 * Waits for a module that loads. While it does, it may end the process, or wait for what never comes: Node then ends too,
 * without a word.
 */
async function watched<T>(file: string, loading: Promise<T>): Promise<T> {
  const hasEnded = () => {
    process.exitCode = reportError(new UsageError(`'${file}' ended the process while it was loading`))
  }
  const slow = setTimeout(() => printStatus(`joai: '${file}' is still loading`), slowLoadMs).unref()
  let isIdle = () => {}
  const never = new Promise<never>((_, reject) => {
    // Not at once: the process must have work left to report the error.
    isIdle = () => setImmediate(reject, new Error('a top-level await of it waits for what never comes'))
  })
  // What it throws outside of its loading ends the process with a message of its own.
  const hasThrown = () => process.off('exit', hasEnded)
  process.once('exit', hasEnded).once('beforeExit', isIdle).prependOnceListener('uncaughtException', hasThrown)
  try {
    return await Promise.race([loading, never])
  } finally {
    process.off('exit', hasEnded).off('beforeExit', isIdle).off('uncaughtException', hasThrown)
    clearTimeout(slow)
  }
}

const slowLoadMs = 10_000

/** Runs code of a module of the user's: what it throws is about the file, and is no bug of ours. */
export async function namingFile<T>(file: string, what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { name, message } = Object(error) as { readonly name?: string; readonly message?: string }
    // By its name: the module may import another copy of the package, whose class is another one.
    if (name === 'TopologyError') throw new TopologyError(`'${file}': ${message}`)
    throw new UsageError(`'${file}' ${what}: ${message ?? String(error)}`)
  }
}

const canRunTypeScript = 'typescript' in process.features && Boolean(process.features.typescript)
