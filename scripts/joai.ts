#!/usr/bin/env -S node --max-semi-space-size=64
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { applyCommand } from './commands/apply.ts'
import { brokerCommand } from './commands/broker.ts'
import { configCommand } from './commands/config.ts'
import { demoCommand } from './commands/demo.ts'
import { describeCommand } from './commands/describe.ts'
import { explainCommand } from './commands/explain.ts'
import { ingestCommand } from './commands/ingest.ts'
import { lintCommand } from './commands/lint.ts'
import { loadCommand } from './commands/load.ts'
import { personCommand } from './commands/person.ts'
import { planCommand } from './commands/plan.ts'
import { releaseCommand } from './commands/release.ts'
import { replayCommand } from './commands/replay.ts'
import { runCommand } from './commands/run.ts'
import { stopCommand } from './commands/stop.ts'
import { tailCommand } from './commands/tail.ts'
import { verifyCommand } from './commands/verify.ts'
import { workerCommand } from './commands/worker.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const program = new Command('joai')
  .description(
    'Journey orchestration in real time: it listens, decides the next best thing for each customer, and can prove it.',
  )
  .version(version)
  .showHelpAfterError()
  .exitOverride()
  .addHelpText('after', '\nExit codes: 0 done, 1 a check said no, 2 wrong use, 3 the outside world failed.')

for (const add of [
  demoCommand,
  brokerCommand,
  runCommand,
  workerCommand,
  ingestCommand,
  loadCommand,
  replayCommand,
  describeCommand,
  explainCommand,
  verifyCommand,
  personCommand,
  tailCommand,
  releaseCommand,
  stopCommand,
  lintCommand,
  planCommand,
  applyCommand,
  configCommand,
])
  add(program)
for (const command of program.commands) command.version(version).exitOverride().showHelpAfterError()

// Whoever reads our output may have seen enough, as `head` does.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit()
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? 0 : 2
}
