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

/** A line of a file as an input record. */
export interface InputLine extends Omit<IdentifiedRecord, 'timestamp'> {
  /** When it was received; null where the line does not say. */
  readonly timestamp: number | null
  /** When it happened, as the line states it. */
  readonly occurredAt: unknown
}

/** Reads a line by its bytes and its number, from 1. */
export type LineReader = (bytes: Buffer, number: number) => InputLine

/** Says how an input is read. */
export interface ReadOptions {
  readonly sort?: boolean
  /** Reads the lines of a file of JSON lines; those of our own form are read if left out. */
  readonly line?: LineReader
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
