import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type ParsedCatalog, parseCatalog } from '../../operators/catalog/parse-catalog.ts'
import type { CatalogDeclaration } from '../../schemas/catalog/catalog.ts'
import { UsageError } from '../cli/errors.ts'
import { readText } from '../cli/files.ts'
import { formatProblem } from './format-problem.ts'

/** Reads the catalog in a file; throws UsageError with every problem, its line and its remedy. */
export function readCatalogFile(file: string): CatalogDeclaration {
  const { declaration, problems } = checkCatalogFile(file)
  if (declaration === null) throw new UsageError(`the catalog has problems\n${problems.map(formatProblem).join('\n')}`)
  return declaration
}

/** Reads the catalog in a file, with its problems; those of a file that it names tell their place there. */
export function checkCatalogFile(file: string): ParsedCatalog {
  const at = (path: string) => join(dirname(file), path)
  const { declaration, problems } = parseCatalog(readText(file), file, path => {
    const other = at(path)
    if (!existsSync(other)) return `there is no file '${other}'`
    try {
      return { text: readFileSync(other, 'utf8') }
    } catch (error) {
      return `'${other}' can't be read: ${(error as Error).message}`
    }
  })
  return { declaration, problems: problems.map(one => (one.file === file ? one : { ...one, file: at(one.file) })) }
}
