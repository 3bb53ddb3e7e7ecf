import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import type { Send } from '../../../schemas/generated.ts'
import { ConnectorError } from '../../../topology/log/log.ts'
import { SerialQueue } from '../../../topology/log/serial-queue.ts'
import type { CallOutcome, Provider } from './provider.ts'
import { providerKind } from './provider-kind.ts'
import { text } from './setting-fields.ts'

/** The provider behind `file:` in the settings of a channel. */
export const file = providerKind({
  does: 'appends each send as one line of JSON',
  needs: 'a path',
  fields: { path: text },
  open: ({ path }) => openFile(path),
})

/**
 * Appends each send to a file as one line of JSON, for trying things out and for programs that follow the file. Throws
 * `write-failed` when the file can't be opened.
 */
export async function openFile(path: string): Promise<Provider> {
  const file = await open(path, 'a+').catch(error => {
    const detail = `'${path}' can't be written: ${(error as Error).message}`
    throw new ConnectorError('write-failed', detail, { cause: error })
  })
  await endLastLine(file)
  const queue = new SerialQueue()
  return {
    isIdempotent: true,
    deliver: (send, { mayRepeat }) =>
      queue.run(async (): Promise<CallOutcome> => {
        if (!mayRepeat || !(await holds(path, send.idempotencyKey))) await file.appendFile(lineOf(send))
        return { kind: 'delivered' }
      }),
    close: () => queue.run(() => file.close()),
  }
}

/** Writes each send to a stream, such as stdout, as one line of JSON. A stream can't be searched, so no line is ever repeated. */
export const openStream = (stream: Writable): Provider => ({
  isIdempotent: false,
  deliver: send =>
    new Promise(resolve => {
      stream.write(lineOf(send), error =>
        resolve(error ? { kind: 'unknown', reason: 'write-failed' } : { kind: 'delivered' }),
      )
    }),
  close: async () => undefined,
})

const lineOf = (send: Send): string => `${JSON.stringify(send)}\n`

/** Ends a line that a crash has cut off, so that the next one stands alone. */
async function endLastLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat()
  if (size === 0) return
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  if (buffer[0] !== 0x0a) await file.appendFile('\n')
}

/** Searches the file for a key. It reads from the start, but is only called after a crash. */
async function holds(path: string, idempotencyKey: string): Promise<boolean> {
  for await (const line of createInterface({ input: createReadStream(path) }))
    if (keyOf(line) === idempotencyKey) return true
  return false
}

function keyOf(line: string): unknown {
  try {
    return (JSON.parse(line) as Partial<Send>).idempotencyKey
  } catch {
    return undefined
  }
}
