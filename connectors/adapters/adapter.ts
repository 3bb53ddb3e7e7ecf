import type { IdentifiedRecord } from '../../schemas/input-record.ts'
import { ConnectorError } from '../../topology/log/log.ts'

/** Reads one kind of input, in order of time. */
export interface Adapter {
  readonly name: string
  /** `input` is a path, or what else the adapter needs. Throws `input-missing` and `input-bad`. */
  read(input?: string): AsyncIterable<IdentifiedRecord>
}

/** The path that an adapter can't do without. */
export function neededPath(adapter: string, input: string | undefined): string {
  if (input === undefined || input === '')
    throw new ConnectorError('input-missing', `the adapter '${adapter}' needs an input: name a path with --input`)
  return input
}

/** What to throw when a file or folder can't be read. */
export function unreadable(path: string, cause: unknown): ConnectorError {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new ConnectorError('input-missing', `there is no '${path}'`, { cause })
  return new ConnectorError('input-bad', `'${path}' can't be read: ${message}`, { cause })
}
