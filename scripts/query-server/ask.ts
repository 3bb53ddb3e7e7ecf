import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { ConnectorError } from '../../topology/log/log.ts'
import type { ExitCode } from '../cli/errors.ts'
import { fail, say } from '../cli/output.ts'
import { type Config, settings } from '../config/config.ts'
import { type Answers, answers } from '../queries/answers/answers.ts'
import { openKept } from './kept-desk.ts'
import { jsonLines } from './lines.ts'
import type { Request, Told } from './open-desk.ts'
import { socketPathOf } from './socket-file.ts'

type AskedOf<Name extends keyof Answers> = Parameters<Answers[Name]>[0]

/** Who has just opened a log is about to open its socket: for so long we try again. */
const patienceMs = 3000

/** Asks whoever lives in a folder, or, when nobody does, answers from what is kept there. */
export async function ask<Name extends keyof Answers>(
  directory: string,
  name: Name,
  asked: AskedOf<Name>,
  config: Config = settings({}).config,
): Promise<ExitCode> {
  for (const until = performance.now() + patienceMs; ; ) {
    const socket = await reach(directory)
    if (socket) return listen(socket, { name, asked })
    try {
      return await answerFromKept(directory, name, asked, config)
    } catch (error) {
      const isTaken = error instanceof ConnectorError && error.code === 'log-locked'
      if (!isTaken || performance.now() > until) throw error
    }
    await delay(100)
  }
}

async function answerFromKept<Name extends keyof Answers>(
  directory: string,
  name: Name,
  asked: AskedOf<Name>,
  config: Config,
) {
  const kept = await openKept(directory, config)
  try {
    const reply = { say: async (line: string) => say(line), gone: new AbortController().signal }
    return await answers[name](asked as never, kept, reply)
  } finally {
    await kept.close()
  }
}

/** The socket of the folder; null when nobody listens there, as after a kill. */
function reach(directory: string): Promise<Socket | null> {
  const path = socketPathOf(directory)
  if (path === null) return Promise.resolve(null)
  return new Promise(done => {
    const socket = connect(path, () => done(socket))
    socket.once('error', () => done(null))
  })
}

/** Ends with what the other process says; Ctrl-C ends only the asking. */
async function listen(socket: Socket, request: Request): Promise<ExitCode> {
  let hasLeft = false
  const leave = () => {
    hasLeft = true
    socket.destroy()
  }
  process.once('SIGINT', leave)
  try {
    socket.write(`${JSON.stringify(request)}\n`)
    for await (const line of jsonLines(socket)) {
      const told = line as Told
      if ('say' in told) say(told.say)
      else if ('error' in told) return fail(told.error, told.exit)
      else return told.exit
    }
  } catch (error) {
    if (error instanceof ConnectorError) throw error
  } finally {
    process.off('SIGINT', leave)
    socket.destroy()
  }
  if (hasLeft) return 0
  throw new ConnectorError('owner-gone', 'the process that lives there ended before it had answered: ask again')
}
