import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CatalogDeclaration } from '../../schemas/catalog/catalog.ts'
import { UsageError } from '../cli/errors.ts'
import type { Config } from '../config/config.ts'
import { readCatalogFile } from '../input/catalog-file.ts'
import { readReleaseFile } from '../input/release-file.ts'

const fileOf = (directory: string): string => join(directory, 'catalog.json')

/** Keeps the catalog by which the events of a folder are checked, so that each later run of the folder checks them alike. */
export function keepWords(directory: string, words: CatalogDeclaration | undefined): void {
  if (words === undefined || existsSync(fileOf(directory))) return
  mkdirSync(directory, { recursive: true })
  writeFileSync(fileOf(directory), `${JSON.stringify(words)}\n`, { mode: 0o600 })
}

/** The catalog that a folder keeps; undefined where it keeps none. Throws UsageError where the file is damaged. */
function wordsOfFolder(directory: string | undefined): CatalogDeclaration | undefined {
  if (directory === undefined || !existsSync(fileOf(directory))) return undefined
  try {
    const words = JSON.parse(readFileSync(fileOf(directory), 'utf8')) as CatalogDeclaration
    if (typeof words.events === 'object' && Array.isArray(words.channels)) return words
  } catch {
    // It is damaged, as told below.
  }
  throw new UsageError(`'${fileOf(directory)}' is damaged: name the catalog by --catalog, or restore the file`)
}

/** Where the words of a run may come from. */
interface RunWords {
  readonly folder?: string | undefined
  /** The file of the release that decides. */
  readonly release?: string | undefined
}

/** The catalog by which a run checks events: the one that the configuration names, else the folder's, else the release's. */
export function wordsOfRun(
  { catalog }: Pick<Config, 'catalog'>,
  { folder, release }: RunWords,
): CatalogDeclaration | undefined {
  if (catalog !== '') return readCatalogFile(catalog)
  return wordsOfFolder(folder) ?? (release === undefined ? undefined : readReleaseFile(release).catalog)
}
