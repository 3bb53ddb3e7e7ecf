import { inspect } from 'node:util'
import { withoutCredentials } from '../../connectors/credentials.ts'
import { BadRecord } from '../../schemas/wire.ts'
import { StoreError } from '../../state/stores/store.ts'
import { TopologyError } from '../../topology/graph/topology-error.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import { TaskStopped } from '../../topology/task/checkpoint.ts'

/** 0: done, 1: a check failed, 2: wrong use, 3: the outside world failed. */
export type ExitCode = 0 | 1 | 2 | 3

/** Wrong use of a command. The message says what to do instead. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** What another process answered in place of a result: its message and exit code are final. */
export class RefusedAnswer extends Error {
  readonly exit: ExitCode
  constructor(message: string, exit: ExitCode) {
    super(message)
    this.name = 'RefusedAnswer'
    this.exit = exit
  }
}

/** A release was tried out before it was written, and may not be written. */
export class ReleaseRefused extends Error {
  /** Stable. Each code has a heading in docs/errors.md. */
  readonly code: 'trial-failed' | 'trial-too-large' | 'trial-too-costly' | 'trial-not-finite'
  constructor(code: ReleaseRefused['code'], message: string) {
    super(`the release was tried out, and is not written: ${message}`)
    this.name = 'ReleaseRefused'
    this.code = code
  }
}

/** Returns the message of an error, and a text of anything else that code of the user's may throw. */
export function textOfThrown(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  return thrown instanceof Error ? thrown.message || thrown.name : inspect(thrown, { depth: 1, breakLength: Infinity })
}

/** Codes of connector errors that mean that the user named something wrongly. */
const misused: ReadonlySet<string> = new Set(['unknown-adapter', 'input-missing', 'input-disorder'])

/**
 * Returns the exit code and the message of an error, in one line and without credentials; only a bug of ours shows its
 * stack.
 */
export function outcomeOfError(error: unknown): [ExitCode, string] {
  const [code, text] = outcomeOf(error)
  return [code, withoutCredentials(text)]
}

function outcomeOf(error: unknown): [ExitCode, string] {
  if (!(error instanceof Error)) return [3, `something that is no error was thrown: ${textOfThrown(error)}`]
  if (error instanceof RefusedAnswer) return [error.exit, error.message]
  if (error instanceof UsageError || error instanceof TopologyError) return [2, error.message]
  if (error instanceof ConnectorError && misused.has(error.code)) return [2, `${error.message} [${error.code}]`]
  if (error instanceof ConnectorError || error instanceof StoreError || error instanceof TaskStopped)
    return [3, `${error.message} [${error.code}]`]
  if (error instanceof ReleaseRefused) return [1, `${error.message} [${error.code}]`]
  if (error instanceof BadRecord) return [1, `${error.message} [${error.reason}]`]
  return [3, `a bug, please report it: ${error.stack ?? error.message}`]
}
