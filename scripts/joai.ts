#!/usr/bin/env -S node --max-semi-space-size=64 --v8-pool-size=1
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** Only the command that is asked for is loaded; help and what is wrong with the question need all. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  demo: async () => (await import('./commands/demo.ts')).demoCommand,
  broker: async () => (await import('./commands/broker.ts')).brokerCommand,
  run: async () => (await import('./commands/run.ts')).runCommand,
  worker: async () => (await import('./commands/worker.ts')).workerCommand,
  ingest: async () => (await import('./commands/ingest.ts')).ingestCommand,
  load: async () => (await import('./commands/load.ts')).loadCommand,
  replay: async () => (await import('./commands/replay.ts')).replayCommand,
  describe: async () => (await import('./commands/describe.ts')).describeCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  verify: async () => (await import('./commands/verify.ts')).verifyCommand,
  person: async () => (await import('./commands/person.ts')).personCommand,
  tail: async () => (await import('./commands/tail.ts')).tailCommand,
  release: async () => (await import('./commands/release.ts')).releaseCommand,
  stop: async () => (await import('./commands/stop.ts')).stopCommand,
  lint: async () => (await import('./commands/lint.ts')).lintCommand,
  plan: async () => (await import('./commands/plan.ts')).planCommand,
  apply: async () => (await import('./commands/apply.ts')).applyCommand,
  config: async () => (await import('./commands/config.ts')).configCommand,
}

const program = new Command('joai')
  .description(
    'Journey orchestration in real time: it listens, decides the next best thing for each customer, and can prove it.',
  )
  .version(version)
  .showHelpAfterError()
  .exitOverride()
  .addHelpText('after', '\nExit codes: 0 done, 1 a check said no, 2 wrong use, 3 the outside world failed.')

const [asked = ''] = process.argv.slice(2)
const wanted = Object.hasOwn(commands, asked) ? [commands[asked]!] : Object.values(commands)
for (const load of wanted) (await load())(program)
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
