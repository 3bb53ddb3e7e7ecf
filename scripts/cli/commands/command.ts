import type { Command } from 'commander'
import type { ExitCode } from '../errors.ts'
import type { Flags } from '../flags.ts'
import { reportError } from '../output.ts'

/** The flag that names the folder of a run; by default that of the demo. */
export const folder = [
  '--log <dir>',
  'the folder of a run; if a demo runs in it, the demo answers',
  '.joai/demo',
] as const

/** Runs the body of a command, and ends the process with its exit code; an error becomes one line on stderr. */
export function runs(command: Command, body: (flags: Flags, args: readonly string[]) => Promise<ExitCode>): void {
  command.action(async (...given: unknown[]) => {
    const self = given.at(-1) as Command
    try {
      process.exitCode = await body(self.optsWithGlobals(), self.args)
    } catch (error) {
      process.exitCode = reportError(error)
    }
    // The command is done: what a library left behind, such as the timer of a connection, must not keep the process alive.
    process.stdout.write('', () => process.exit())
  })
}
