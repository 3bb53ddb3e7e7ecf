import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tokens } from '../../operators/identity/tokens.ts'
import { crc32c } from '../../schemas/codec/crc32c.ts'
import { UsageError } from '../cli/errors.ts'

/** The settings of a demo that its folder keeps; everything else that it needs to continue is in its log. */
export interface DemoSettings {
  readonly seed: string
  readonly customers: number
  /** The file of the release that the demo began with. */
  readonly release: string
}

const demoFile = (directory: string): string => join(directory, 'demo.json')

/** Whether the folder belongs to a demo. */
export const isDemo = (directory: string): boolean => existsSync(demoFile(directory))

/**
 * Returns the settings that a folder keeps; a new folder gets the given ones, unless `check` throws. Throws UsageError where the
 * folder has other settings, holds something other than a demo, or was made with another secret.
 */
export async function demoSettingsOf(
  directory: string,
  asked: Partial<DemoSettings>,
  { secret, ...fallback }: DemoSettings & { readonly secret: string },
  check: (settings: DemoSettings) => Promise<void>,
): Promise<DemoSettings> {
  const file = demoFile(directory)
  const token = tokens(secret)({ type: 'demo', value: 'demo' }).token
  if (!isDemo(directory)) {
    if (existsSync(join(directory, 'log')))
      throw new UsageError(`--log: '${directory}' holds a log that is no demo's: name a new folder`)
    const settings = { ...fallback, ...asked }
    await check(settings)
    // The file is replaced atomically, because half a file would make the folder unusable.
    const written = { ...settings, token }
    writeFileSync(`${file}.new`, JSON.stringify({ ...written, checksum: checksumOf(written) }))
    renameSync(`${file}.new`, file)
    return settings
  }
  const kept = readKept(file)
  const { token: known, ...settings } = { ...fallback, ...kept }
  for (const name of ['seed', 'customers', 'release'] as const)
    if (asked[name] !== undefined && asked[name] !== settings[name])
      throw new UsageError(`--${name}: the demo in '${directory}' has ${settings[name]}; name a new folder for another`)
  if (known !== undefined && known !== token)
    throw new UsageError(`the demo in '${directory}' began with another secret: set that one, or name a new folder`)
  return settings
}

type Kept = DemoSettings & { readonly token?: string }

/** Reads what a folder keeps; throws UsageError where the file is damaged. Before, it had no checksum. */
function readKept(file: string): Kept {
  try {
    const { checksum, ...kept } = JSON.parse(readFileSync(file, 'utf8')) as Kept & { readonly checksum?: number }
    if (typeof kept.seed === 'string' && (checksum === undefined || checksum === checksumOf(kept))) return kept
  } catch {
    // It is no JSON, as told below.
  }
  throw new UsageError(`'${file}' is damaged: restore it from a copy, or name a new folder by --log`)
}

const checksumOf = (settings: object): number => crc32c(Buffer.from(JSON.stringify(settings)))
