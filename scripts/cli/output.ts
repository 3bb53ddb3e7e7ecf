import { withoutCredentials } from '../../connectors/credentials.ts'
import { type ExitCode, outcomeOfError } from './errors.ts'
import { visibleText } from './foreign-text.ts'

/** Shows progress on stderr if that is a terminal, in a line that the next one overwrites. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${visibleText(text)}`)
}

/** Shows progress on a terminal; elsewhere writes a line to stderr, for what a waiting user should know. */
export function printStatus(text: string): void {
  if (process.stderr.isTTY) progress(text)
  else process.stderr.write(`${visibleText(text)}\n`)
}

/** Clears the line that `progress` wrote. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
}

/** Writes to stderr what went on, but should be known. */
export function printWarning(text: string): void {
  endProgress()
  process.stderr.write(`joai: ${visibleText(withoutCredentials(text))}\n`)
}

/** Prints a line, or several that line feeds part. What would act on a terminal is escaped. */
export const printLine = (text: string): void => {
  process.stdout.write(`${visibleText(text)}\n`)
}

/** Prints a value as one line of JSON: with --json, the last line of stdout. */
export const printJson = (value: unknown): void => printLine(JSON.stringify(value))

/**
 * Writes to stderr what an error means for the user, and returns its exit code. With --json the last line of stdout says it
 * too, for programs that read no other.
 */
export function reportError(error: unknown): ExitCode {
  const [exitCode, text] = outcomeOfError(error)
  endProgress()
  process.stderr.write(`joai: ${visibleText(text)}\n`)
  if (isJsonAsked()) printJson({ error: text, exitCode })
  return exitCode
}

/** Tells whether the caller reads JSON, also where the command line is too wrong to be parsed. */
export const isJsonAsked = (): boolean => process.argv.includes('--json')
