import { chmodSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { finished } from 'node:stream/promises'
import { type ExitCode, judged } from '../cli/errors.ts'
import { type Answers, answers } from '../queries/answers/answers.ts'
import type { Desk, Reply } from '../queries/query.ts'
import { jsonLines } from './lines.ts'
import { newSocketPath, removeSocket, writeSocketPath } from './socket-file.ts'

/** What is asked through the socket of a folder: one line. */
export interface Request {
  readonly name: keyof Answers
  readonly asked: unknown
}

/** What comes back, line by line; the last says how it ended. */
export type Told =
  | { readonly say: string }
  | { readonly exit: ExitCode }
  | { readonly exit: ExitCode; readonly error: string }

/** Answers questions about a folder through its socket, beside whatever else this process does. It must own the folder's log. */
export async function openDesk(directory: string, desk: Desk): Promise<{ close(): Promise<void> }> {
  const closing = new AbortController()
  const open = new Set<Promise<void>>()
  const server = createServer(socket => {
    const served = serve(socket, desk, closing.signal).finally(() => open.delete(served))
    open.add(served)
  })
  // Who was killed here could not take its socket away.
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

/** One connection, one question. Who goes away in mid-answer breaks nothing. */
async function serve(socket: Socket, desk: Desk, closing: AbortSignal): Promise<void> {
  const left = new AbortController()
  socket.on('error', () => left.abort()).on('close', () => left.abort())
  const gone = AbortSignal.any([left.signal, closing])
  const tell = async (told: Told) => {
    if (left.signal.aborted || socket.write(`${JSON.stringify(told)}\n`)) return
    await new Promise<void>(done => {
      socket.once('drain', done)
      left.signal.addEventListener('abort', () => done(), { once: true })
    })
  }
  try {
    for await (const request of jsonLines(socket)) {
      await tell(await answered(request as Request, desk, { say: line => tell({ say: line }), gone }))
      break
    }
  } catch {
    // It is gone.
  }
  socket.end()
  await finished(socket, { readable: false }).catch(() => undefined)
  socket.destroy()
}

async function answered({ name, asked }: Request, desk: Desk, reply: Reply): Promise<Told> {
  try {
    return { exit: await answers[name](asked as never, desk, reply) }
  } catch (error) {
    const [exit, text] = judged(error)
    return { exit, error: text }
  }
}
