import type { Command } from 'commander'
import type { ExitCode } from '../errors.ts'
import type { Flags } from '../flags.ts'
import { reportError } from '../output.ts'

/** The folder that a command asks about: the demo's, if nothing is said. */
export const folder = [
  '--log <dir>',
  'the folder of a run; if a demo runs in it, the demo answers',
  '.joai/demo',
] as const

/** Runs a command's body and ends the process with its exit code; errors become one line on stderr. */
export function runs(command: Command, body: (flags: Flags, args: readonly string[]) => Promise<ExitCode>): void {
  command.action(async (...given: unknown[]) => {
    const self = given.at(-1) as Command
    try {
      process.exitCode = await body(self.optsWithGlobals(), self.args)
    } catch (error) {
      process.exitCode = reportError(error)
    }
    // All is done and said: what a library left behind, such as the timer of a connection, must not keep the process.
    process.stdout.write('', () => process.exit())
  })
}
