import { Command, type CommanderError } from 'commander'
import type { ExitCode } from './output.ts'

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

/**
 * The command line of `joai`, for words of which `asked` is the first. What it takes for help or for wrong use it answers
 * itself, and throws a CommanderError.
 */
export async function programFor(asked: string | undefined, version: string): Promise<Command> {
  const program = new Command('joai')
    .description(
      'Journey orchestration in real time: it listens, decides the next best thing for each customer, and can prove it.',
    )
    .version(version)
    .showHelpAfterError()
    .exitOverride()
    .addHelpText('after', '\nExit codes: 0 done, 1 a check said no, 2 wrong use, 3 the outside world failed.')

  const isKnown = asked !== undefined && Object.hasOwn(commands, asked)
  const wanted = isKnown ? [commands[asked]!] : Object.values(commands)
  for (const load of wanted) (await load())(program)
  for (const command of program.commands) command.version(version).exitOverride().showHelpAfterError()
  return program
}

/** Help that was asked for is an answer; help because of an error is not. */
export const exitCodeOf = ({ exitCode }: CommanderError): ExitCode => (exitCode === 0 ? 0 : 2)
