import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../output.ts'

/** Who lives in a demo's folder; all else that is needed to go on is in its log. */
export interface DemoSettings {
  readonly seed: string
  readonly customers: number
}

/** Those of the folder, or else these, which it gets; throws UsageError when it has others, or holds something else. */
export function settled(directory: string, asked: Partial<DemoSettings>, fallback: DemoSettings): DemoSettings {
  const file = join(directory, 'demo.json')
  if (!existsSync(file)) {
    if (existsSync(join(directory, 'log')))
      throw new UsageError(`--log: '${directory}' holds a log that is no demo's: name a new folder`)
    const settings = { ...fallback, ...asked }
    // Written whole or not at all: a half of it would lock the folder up.
    writeFileSync(`${file}.new`, JSON.stringify(settings))
    renameSync(`${file}.new`, file)
    return settings
  }
  const settings = JSON.parse(readFileSync(file, 'utf8')) as DemoSettings
  for (const name of ['seed', 'customers'] as const)
    if (asked[name] !== undefined && asked[name] !== settings[name])
      throw new UsageError(`--${name}: the demo in '${directory}' has ${settings[name]}; name a new folder for another`)
  return settings
}
