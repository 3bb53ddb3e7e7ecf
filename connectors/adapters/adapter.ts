import { ConnectorError } from '../../topology/log/log.ts'

/** A record of the outside world, on its way to an input log. */
export interface InputRecord {
  /** One of the topology's input logs; what names none goes to the first of them. */
  readonly topic: string
  readonly key: string
  /** When it was received, milliseconds since the epoch. */
  readonly timestamp: number
  /** As a producer would write it: framed Avro, or, from files that anyone wrote, whatever they held. */
  readonly value: Uint8Array
  /** Of the event, the consent change or the receipt; for messages. */
  readonly id: string
}

/** Reads one kind of input, in order of time. */
export interface Adapter {
  readonly name: string
  /** `input` is a path, or what else the adapter needs. Throws `input-missing` and `input-bad`. */
  read(input?: string): AsyncIterable<InputRecord>
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
