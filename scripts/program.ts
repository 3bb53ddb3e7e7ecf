import { Command, type CommanderError } from 'commander'
import type { ExitCode } from './cli/errors.ts'

/** Only the command that is asked for is loaded; help and what is wrong with the question need all. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  demo: async () => (await import('./cli/commands/demo.ts')).demoCommand,
  broker: async () => (await import('./cli/commands/broker.ts')).brokerCommand,
  run: async () => (await import('./cli/commands/run.ts')).runCommand,
  worker: async () => (await import('./cli/commands/worker.ts')).workerCommand,
  map: async () => (await import('./cli/commands/map.ts')).mapCommand,
  ingest: async () => (await import('./cli/commands/ingest.ts')).ingestCommand,
  load: async () => (await import('./cli/commands/load.ts')).loadCommand,
  replay: async () => (await import('./cli/commands/replay.ts')).replayCommand,
  describe: async () => (await import('./cli/commands/describe.ts')).describeCommand,
  explain: async () => (await import('./cli/commands/explain.ts')).explainCommand,
  verify: async () => (await import('./cli/commands/verify.ts')).verifyCommand,
  person: async () => (await import('./cli/commands/person.ts')).personCommand,
  tail: async () => (await import('./cli/commands/tail.ts')).tailCommand,
  release: async () => (await import('./cli/commands/release.ts')).releaseCommand,
  stop: async () => (await import('./cli/commands/stop.ts')).stopCommand,
  types: async () => (await import('./cli/commands/types.ts')).typesCommand,
  lint: async () => (await import('./cli/commands/lint.ts')).lintCommand,
  plan: async () => (await import('./cli/commands/plan.ts')).planCommand,
  apply: async () => (await import('./cli/commands/apply.ts')).applyCommand,
  config: async () => (await import('./cli/commands/config.ts')).configCommand,
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
    .addHelpText('after', '\nExit codes: 0 done, 1 a check failed, 2 wrong use, 3 the outside world failed.')

  const isKnown = asked !== undefined && Object.hasOwn(commands, asked)
  const wanted = isKnown ? [commands[asked]!] : Object.values(commands)
  for (const load of wanted) (await load())(program)
  for (const command of program.commands) command.version(version).exitOverride().showHelpAfterError()
  return program
}

/** Help that was asked for is an answer; help because of an error is not. */
export const exitCodeOf = ({ exitCode }: CommanderError): ExitCode => (exitCode === 0 ? 0 : 2)
