import { chmodSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { finished } from 'node:stream/promises'
import { type ExitCode, outcomeOfError } from '../cli/errors.ts'
import { type QueryHandlers, queryHandlers } from '../queries/handlers/handlers.ts'
import type { QueryBackend, QueryOutput } from '../queries/query.ts'
import { newSocketPath, removeSocket, writeSocketPath } from './socket-file.ts'
import { readJsonLines } from './socket-lines.ts'

/** A query on the socket of a folder, as one line of JSON. */
export interface QueryRequest {
  readonly name: keyof QueryHandlers
  readonly asked: unknown
}

/** A line of the reply. Lines with `exit` are the last of their query. */
export type QueryReply =
  | { readonly say: string }
  | { readonly exit: ExitCode }
  | { readonly exit: ExitCode; readonly error: string }

/** Serves queries about a folder on its socket, concurrently with the other work of this process, which must own the log. */
export async function startQueryServer(directory: string, backend: QueryBackend): Promise<{ close(): Promise<void> }> {
  const closing = new AbortController()
  const open = new Set<Promise<void>>()
  const server = createServer(socket => {
    const served = serve(socket, backend, closing.signal).finally(() => open.delete(served))
    open.add(served)
  })
  // A killed process leaves its socket file behind.
  removeSocket(directory)
  const path = newSocketPath(directory)
  await listen(server, path)
  writeSocketPath(directory, path)
  return {
    async close() {
      const closed = new Promise(done => server.close(done))
      closing.abort()
      await Promise.all(open)
      await closed
      removeSocket(directory)
    },
  }
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(path, listening)
  })
  if (process.platform !== 'win32') chmodSync(path, 0o600)
}

/** Serves one query of a connection. A client may disconnect at any time. */
async function serve(socket: Socket, backend: QueryBackend, closing: AbortSignal): Promise<void> {
  const left = new AbortController()
  socket.on('error', () => left.abort()).on('close', () => left.abort())
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
      await send(await handle(request as QueryRequest, backend, { write: line => send({ say: line }), closed }))
      break
    }
  } catch {
    // The client is gone.
  }
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
