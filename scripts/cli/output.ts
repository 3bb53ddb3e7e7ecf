import { type ExitCode, outcomeOfError } from './errors.ts'

/** A line of progress on stderr; overwritten by the next one on a terminal. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

/** What a user should know while they wait: progress on a terminal, else a line of its own on stderr. */
export function printStatus(text: string): void {
  if (process.stderr.isTTY) progress(text)
  else process.stderr.write(`${text}\n`)
}

/** Ends the line that `progress` overwrites. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
}

export const printLine = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

/** With --json: one object, on the last line of stdout. */
export const printJson = (value: unknown): void => printLine(JSON.stringify(value))

/** Says on stderr what went wrong; answers the exit code that goes with it. */
export function fail(text: string, code: ExitCode): ExitCode {
  endProgress()
  process.stderr.write(`joai: ${text}\n`)
  return code
}

/** Says on stderr what an error means for the user. */
export function reportError(error: unknown): ExitCode {
  const [code, text] = outcomeOfError(error)
  return fail(text, code)
}
