import { BadRecord } from '../../schemas/wire.ts'
import { StoreError } from '../../state/stores/store.ts'
import { TopologyError } from '../../topology/graph/topology-error.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import { TaskStopped } from '../../topology/task/checkpoint.ts'

/** 0 done, 1 a check said no, 2 wrong use, 3 the outside world failed. */
export type ExitCode = 0 | 1 | 2 | 3

/** The user asked for something that makes no sense: said plainly, with what to do instead. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** A line of progress on stderr; overwritten by the next one on a terminal. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

/** What a user should know while they wait: progress on a terminal, else a line of its own on stderr. */
export function tell(text: string): void {
  if (process.stderr.isTTY) progress(text)
  else process.stderr.write(`${text}\n`)
}

/** Ends the line that `progress` overwrites. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
}

export const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

/** With --json: one object, on the last line of stdout. */
export const sayJson = (value: unknown): void => say(JSON.stringify(value))

/** Says on stderr what went wrong; answers the exit code that goes with it. */
export function fail(text: string, code: ExitCode): ExitCode {
  endProgress()
  process.stderr.write(`joai: ${text}\n`)
  return code
}

/** Says on stderr what an error means for the user. */
export function report(error: unknown): ExitCode {
  const [code, text] = judged(error)
  return fail(text, code)
}

/** What a connector can't find because the user named it wrongly. */
const misused: ReadonlySet<string> = new Set(['unknown-adapter', 'input-missing'])

/** What an error means for the user, in one line, and the exit code that goes with it; a stack only for what is our bug. */
export function judged(error: unknown): [ExitCode, string] {
  if (!(error instanceof Error)) return [3, String(error)]
  if (error instanceof UsageError || error instanceof TopologyError) return [2, error.message]
  if (error instanceof ConnectorError && misused.has(error.code)) return [2, `${error.message} [${error.code}]`]
  if (error instanceof ConnectorError || error instanceof StoreError || error instanceof TaskStopped)
    return [3, `${error.message} [${error.code}]`]
  if (error instanceof BadRecord) return [1, `${error.message} [${error.reason}]`]
  return [3, `a bug, please report it: ${error.stack ?? error.message}`]
}
