import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Chance } from '../../simulation/chance.ts'

/** Deletes the store of a worker. */
export function wipe(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

/** Truncates a file of a store at random, or flips a bit in it. */
export function tear(folder: string, chance: Chance): void {
  const files = existsSync(folder) ? filesIn(folder) : []
  if (files.length === 0) return
  const file = chance.of(files)
  const { size } = statSync(file)
  if (chance.is(0.5)) truncateSync(file, chance.between(0, size - 1))
  else {
    const bytes = readFileSync(file)
    bytes[chance.between(0, size - 1)]! ^= 1 << chance.between(0, 7)
    writeFileSync(file, bytes)
  }
}

/** Lists the files that hold rows, or say where rows are. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(file => file.isFile() && /\.(log|sst|ldb)$|^MANIFEST-|^CURRENT$/.test(file.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter(file => statSync(file).size > 0)
    .sort()
}
