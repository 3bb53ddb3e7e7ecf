import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TopologyError } from '../../topology/graph/topology-error.ts'
import { textOfThrown, UsageError } from '../cli/errors.ts'
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

/** Waits for a module that loads. Node ends, without a word, where the module waits for what never comes. */
async function watched<T>(file: string, loading: Promise<T>): Promise<T> {
  const slow = setTimeout(() => printStatus(`joai: '${file}' is still loading`), slowLoadMs).unref()
  let isIdle = () => {}
  const never = new Promise<never>((_, reject) => {
    // Not at once: the process must have work left to report the error.
    isIdle = () => setImmediate(reject, new Error('a top-level await of it waits for what never comes'))
  })
  process.once('beforeExit', isIdle)
  try {
    return await Promise.race([loading, never])
  } finally {
    process.off('beforeExit', isIdle)
    clearTimeout(slow)
  }
}

const slowLoadMs = 10_000

/**
 * Runs code of a module of the user's: what it throws is about the file, and is no bug of ours. The same holds where it
 * ends the process, or throws what nobody awaits.
 */
export async function namingFile<T>(file: string, what: string, work: () => T | Promise<T>): Promise<T> {
  const hasEnded = () => {
    process.exitCode = reportError(new UsageError(`'${file}' ended the process`))
  }
  const hasThrown = (thrown: unknown) => {
    process.off('exit', hasEnded)
    process.exit(reportError(blaming(file, what, thrown)))
  }
  process.once('exit', hasEnded).prependOnceListener('uncaughtException', hasThrown)
  try {
    return await work()
  } catch (thrown) {
    throw blaming(file, what, thrown)
  } finally {
    process.off('exit', hasEnded).off('uncaughtException', hasThrown)
  }
}

function blaming(file: string, what: string, thrown: unknown): Error {
  const message = textOfThrown(thrown)
  // By its name: the module may import another copy of the package, whose class is another one.
  if (thrown instanceof Error && thrown.name === 'TopologyError') return new TopologyError(`'${file}': ${message}`)
  return new UsageError(`'${file}' ${what}: ${message}`)
}

const canRunTypeScript = 'typescript' in process.features && Boolean(process.features.typescript)
