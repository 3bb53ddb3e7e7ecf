import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { isWanted } from './tags.ts'

// In a run without the tags `process` and `broker`, a test that starts a process lacks its tag.
if (!isWanted('process') && !isWanted('broker') && !isWanted('process', 'broker', 'law', 'slow')) {
  const starts = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const
  const refuse = () => {
    throw new Error("a test that starts processes has the tag 'process' (vitest.config.ts)")
  }
  for (const start of starts) Object.assign(childProcess, { [start]: refuse })
  syncBuiltinESMExports()
}
