import { type Command, InvalidArgumentError } from 'commander'
import { timeOf } from '../../../schemas/json/json-time.ts'
import { type ExitCode, report } from '../output.ts'

/** What every command gets: its own flags, and those that all share. */
export type Flags = Readonly<Record<string, any>>

/** The folder that a command asks about: the demo's, if nothing is said. */
export const folder = [
  '--log <dir>',
  'the folder of a run; if a demo lives in it, that one answers',
  '.joai/demo',
] as const

/** Runs a command's body and ends the process with its exit code; errors become one line on stderr. */
export function runs(command: Command, body: (flags: Flags, args: readonly string[]) => Promise<ExitCode>): void {
  command.action(async (...given: unknown[]) => {
    const self = given.at(-1) as Command
    try {
      process.exitCode = await body(self.optsWithGlobals(), self.args)
    } catch (error) {
      process.exitCode = report(error)
    }
    // All is done and said: what a library left behind, such as the timer of a connection, must not keep the process.
    process.stdout.write('', () => process.exit())
  })
}

/** For a flag that counts something; anything but a whole number is wrong use. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('It must be a whole number, 0 or more.')
  return number
}

/** For a flag that says how much of something; anything but a number that is not below 0 is wrong use. */
export function amount(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number) || number < 0)
    throw new InvalidArgumentError('It must be a number, 0 or more.')
  return number
}

/** For a flag that is a part of a whole, on [0, 1]. */
export function share(text: string): number {
  const number = amount(text)
  if (number > 1) throw new InvalidArgumentError('It must be a number from 0 to 1.')
  return number
}

/** For a flag that is a moment: ISO 8601 with a zone; milliseconds since the epoch. */
export function time(text: string): number {
  const at = timeOf(text)
  if (typeof at !== 'number')
    throw new InvalidArgumentError('It must be a time with a zone, such as 2024-04-08T07:00Z.')
  return at
}

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** For a flag that is a span of time, such as 20s or 3d: milliseconds; anything else is wrong use. */
export function span(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (count === undefined) throw new InvalidArgumentError('It must be a span of time, such as 20s, 10m or 3d.')
  return Number(count) * unitsMs[unit!]!
}
