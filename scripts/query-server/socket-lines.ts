import type { Socket } from 'node:net'
import { ConnectorError } from '../../topology/log/log.ts'

/** The longest line that is accepted; a release is far shorter. */
const lineMax = 16 * 1024 * 1024

/** Reads the JSON values of a socket, one a line, until the other end closes. Throws `bad-line` for invalid JSON. */
export async function* readJsonLines(socket: Socket): AsyncGenerator<unknown> {
  socket.setEncoding('utf8')
  let rest = ''
  for await (const chunk of socket as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    if (rest.length > lineMax) throw new ConnectorError('bad-line', `a line of more than ${lineMax} characters`)
    for (const line of lines) yield parsed(line)
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw new ConnectorError('bad-line', 'a line that is not JSON', { cause: error })
  }
}
