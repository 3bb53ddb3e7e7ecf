import { createServer, type Server, type Socket } from 'node:net'
import { finished } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { type ExitCode, outcomeOfError } from '../cli/errors.ts'
import { type QueryHandlers, queryHandlers } from '../queries/handlers/handlers.ts'
import type { QueryBackend, QueryOutput } from '../queries/query.ts'
import { folderIdentity, newSocketPath, removeSocket, writeSocketPath } from './socket-file.ts'
import { readJsonLines } from './socket-lines.ts'

/** A query on the socket of a folder, as one line of JSON. */
export interface QueryRequest {
  /** Identity of the folder that the client asks about. */
  readonly folder: string
  readonly name: keyof QueryHandlers
  readonly asked: unknown
}

/** A line of the reply. Lines with `exit` are the last of their query. */
export type QueryReply =
  | { readonly say: string }
  | { readonly exit: ExitCode }
  | { readonly exit: ExitCode; readonly error: string }
  | { readonly serves: 'another-folder' }

/** How long a client may take to send its query. */
const queryMs = 10_000

/** How long queries have, once the server closes, to end and to be read. */
const drainMs = 1000

/** Serves queries about a folder on its socket, concurrently with the other work of this process, which must own the log. */
export async function startQueryServer(directory: string, backend: QueryBackend): Promise<{ close(): Promise<void> }> {
  const closing = new AbortController()
  const folder = folderIdentity(directory)
  const open = new Map<Socket, Promise<void>>()
  const server = createServer(socket => {
    open.set(
      socket,
      serve(socket, backend, folder, closing.signal).finally(() => open.delete(socket)),
    )
  })
  const path = newSocketPath(directory)
  await listen(server, path)
  writeSocketPath(directory, path)
  return {
    async close() {
      const closed = new Promise(done => server.close(done))
      closing.abort()
      const drained = new AbortController()
      await Promise.race([
        Promise.all(open.values()),
        delay(drainMs, undefined, { signal: drained.signal }).catch(() => undefined),
      ])
      drained.abort()
      for (const socket of open.keys()) socket.destroy()
      await closed
      removeSocket(directory, path)
    },
  }
}

async function listen(server: Server, path: string): Promise<void> {
  // The socket must not be open to others for a moment either.
  const mask = process.umask(0o177)
  try {
    await new Promise<void>((listening, failed) => {
      server.once('error', failed).listen(path, listening)
    })
  } finally {
    process.umask(mask)
  }
}

/** Serves one query of a connection. A client may disconnect, fall silent or stop reading at any time. */
async function serve(socket: Socket, backend: QueryBackend, folder: string, closing: AbortSignal): Promise<void> {
  const left = new AbortController()
  socket.on('error', () => left.abort()).on('close', () => left.abort())
  const hangUp = () => socket.destroy()
  const silent = setTimeout(hangUp, queryMs)
  closing.addEventListener('abort', hangUp)
  const closed = AbortSignal.any([left.signal, closing])
  const send = async (reply: QueryReply) => {
    if (left.signal.aborted || socket.write(`${JSON.stringify(reply)}\n`)) return
    await new Promise<void>(done => {
      socket.once('drain', done)
      left.signal.addEventListener('abort', () => done(), { once: true })
    })
  }
  try {
    for await (const request of readJsonLines(socket)) {
      clearTimeout(silent)
      closing.removeEventListener('abort', hangUp)
      if ((request as QueryRequest).folder !== folder) await send({ serves: 'another-folder' })
      else await send(await handle(request as QueryRequest, backend, { write: line => send({ say: line }), closed }))
      break
    }
  } catch {
    // The client is gone.
  }
  clearTimeout(silent)
  closing.removeEventListener('abort', hangUp)
  socket.end()
  await finished(socket, { readable: false }).catch(() => undefined)
  socket.destroy()
}

async function handle({ name, asked }: QueryRequest, backend: QueryBackend, output: QueryOutput): Promise<QueryReply> {
  try {
    return { exit: await queryHandlers[name](asked as never, backend, output) }
  } catch (error) {
    const [exit, text] = outcomeOfError(error)
    return { exit, error: text }
  }
}
