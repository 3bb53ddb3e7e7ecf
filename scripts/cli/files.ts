import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { UsageError } from './errors.ts'

/** Reads a text file that the user named; throws UsageError when it can't be read. */
export function readText(file: string): string {
  if (!existsSync(file)) throw new UsageError(`there is no file '${file}'`)
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`'${file}' can't be read: ${(error as Error).message}`)
  }
}

/** Creates the folder that the user named unless it exists; throws UsageError where it can't be created. */
export function makeFolder(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true })
  } catch (error) {
    throw new UsageError(`'${directory}' can't be a folder: ${(error as Error).message}`)
  }
}
