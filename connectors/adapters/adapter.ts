import type { IdentifiedRecord } from '../../schemas/input-record.ts'
import { ConnectorError } from '../../topology/log/log.ts'

/** Reads one kind of input, in order of time. */
export interface Adapter {
  readonly name: string
  /**
   * Reads the input: a path, or whatever else the adapter takes. Throws `input-missing`, `input-bad`, and, for a file that is
   * not in order and is not to be sorted, `input-disorder`.
   */
  read(input?: string, options?: ReadOptions): AsyncIterable<IdentifiedRecord>
}

/** Says how an input is read. */
export interface ReadOptions {
  readonly sort?: boolean
  /** Takes what a user should know about the input. */
  readonly warn?: (text: string) => void
  /** Takes how far a long input is read. */
  readonly progress?: (text: string) => void
}

/** Returns the path that an adapter needs; throws `input-missing` where there is none. */
export function neededPath(adapter: string, input: string | undefined): string {
  if (input === undefined || input === '')
    throw new ConnectorError('input-missing', `the adapter '${adapter}' needs an input: name a path with --input`)
  return input
}

/** Makes the error for a file or folder that can't be read. */
export function unreadableInput(path: string, cause: unknown): ConnectorError {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new ConnectorError('input-missing', `there is no '${path}'`, { cause })
  return new ConnectorError('input-bad', `'${path}' can't be read: ${message}`, { cause })
}
