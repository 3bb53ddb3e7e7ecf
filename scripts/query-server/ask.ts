import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { ConnectorError } from '../../topology/log/log.ts'
import { type ExitCode, RefusedAnswer } from '../cli/errors.ts'
import { printLine } from '../cli/output.ts'
import { type Config, settings } from '../config/config.ts'
import { type QueryHandlers, queryHandlers } from '../queries/handlers/handlers.ts'
import { openOfflineBackend } from './offline-backend.ts'
import type { QueryReply, QueryRequest } from './query-server.ts'
import { folderIdentity, socketPathOf } from './socket-file.ts'
import { readJsonLines } from './socket-lines.ts'

type AskedOf<Name extends keyof QueryHandlers> = Parameters<QueryHandlers[Name]>[0]

/** A process that has just opened the log is about to open its socket, so the client retries for this long. */
const retryForMs = 3000

/** Sends a query to the process that uses a folder; where there is none, answers from the folder itself. */
export async function askFolder<Name extends keyof QueryHandlers>(
  directory: string,
  name: Name,
  asked: AskedOf<Name>,
  config: Config = settings({}).config,
): Promise<ExitCode> {
  for (const until = performance.now() + retryForMs; ; ) {
    const socket = await reach(directory)
    const answered = socket && (await listen(socket, { folder: folderIdentity(directory), name, asked }))
    if (answered !== null) return answered
    try {
      return await answerOffline(directory, name, asked, config)
    } catch (error) {
      const isTaken = error instanceof ConnectorError && error.code === 'log-locked'
      if (!isTaken || performance.now() > until) throw error
    }
    await delay(100)
  }
}

async function answerOffline<Name extends keyof QueryHandlers>(
  directory: string,
  name: Name,
  asked: AskedOf<Name>,
  config: Config,
) {
  const backend = await openOfflineBackend(directory, config)
  try {
    const output = { write: async (line: string) => printLine(line), closed: new AbortController().signal }
    return await queryHandlers[name](asked as never, backend, output)
  } finally {
    await backend.close()
  }
}

/** Connects to the socket of a folder; null where no process listens, as after a kill. */
function reach(directory: string): Promise<Socket | null> {
  const path = socketPathOf(directory)
  if (path === null) return Promise.resolve(null)
  return new Promise(done => {
    const socket = connect(path, () => done(socket))
    socket.once('error', () => done(null))
  })
}

/**
 * Prints the replies of the other process and returns its exit code; null where it serves another folder. Ctrl-C ends only
 * this client.
 */
async function listen(socket: Socket, request: QueryRequest): Promise<ExitCode | null> {
  let hasLeft = false
  const leave = () => {
    hasLeft = true
    socket.destroy()
  }
  process.once('SIGINT', leave)
  try {
    socket.write(`${JSON.stringify(request)}\n`)
    for await (const line of readJsonLines(socket)) {
      const reply = line as QueryReply
      if ('say' in reply) printLine(reply.say)
      else if ('serves' in reply) return null
      else if ('error' in reply) throw new RefusedAnswer(reply.error, reply.exit)
      else return reply.exit
    }
  } catch (error) {
    if (error instanceof ConnectorError || error instanceof RefusedAnswer) throw error
  } finally {
    process.off('SIGINT', leave)
    socket.destroy()
  }
  if (hasLeft) return 0
  throw new ConnectorError('owner-gone', 'the process that answers there ended before it had replied: ask again')
}
