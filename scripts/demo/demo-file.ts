import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tokens } from '../../operators/identity/tokens.ts'
import { UsageError } from '../cli/errors.ts'

/** Who lives in a demo's folder; all else that is needed to go on is in its log. */
export interface DemoSettings {
  readonly seed: string
  readonly customers: number
  /** The file of the release that the demo began with. */
  readonly release: string
}

const demoFile = (directory: string): string => join(directory, 'demo.json')

/** Whether a demo has lived in the folder. */
export const isDemo = (directory: string): boolean => existsSync(demoFile(directory))

/**
 * Those of the folder, or else these, which it gets. Throws UsageError when it has others, when it holds something else, or
 * when its customers got their tokens by another secret.
 */
export function settled(
  directory: string,
  asked: Partial<DemoSettings>,
  { secret, ...fallback }: DemoSettings & { readonly secret: string },
): DemoSettings {
  const file = demoFile(directory)
  const token = tokens(secret)({ type: 'demo', value: 'demo' }).token
  if (!isDemo(directory)) {
    if (existsSync(join(directory, 'log')))
      throw new UsageError(`--log: '${directory}' holds a log that is no demo's: name a new folder`)
    const settings = { ...fallback, ...asked }
    // Written whole or not at all: a half of it would lock the folder up.
    writeFileSync(`${file}.new`, JSON.stringify({ ...settings, token }))
    renameSync(`${file}.new`, file)
    return settings
  }
  const kept = JSON.parse(readFileSync(file, 'utf8')) as DemoSettings & { token?: string }
  const { token: known, ...settings } = { ...fallback, ...kept }
  for (const name of ['seed', 'customers', 'release'] as const)
    if (asked[name] !== undefined && asked[name] !== settings[name])
      throw new UsageError(`--${name}: the demo in '${directory}' has ${settings[name]}; name a new folder for another`)
  if (known !== undefined && known !== token)
    throw new UsageError(`the demo in '${directory}' began with another secret: set that one, or name a new folder`)
  return settings
}
