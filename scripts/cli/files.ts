import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { UsageError } from './errors.ts'

/** The text of a file that the user named; throws UsageError when there is none to read. */
export function readText(file: string): string {
  if (!existsSync(file)) throw new UsageError(`there is no file '${file}'`)
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`'${file}' can't be read: ${(error as Error).message}`)
  }
}

/** Makes the folder that the user named, if it is not there; throws UsageError where there can be none. */
export function makeFolder(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true })
  } catch (error) {
    throw new UsageError(`'${directory}' can't be a folder: ${(error as Error).message}`)
  }
}
