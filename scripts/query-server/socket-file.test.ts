import { cpSync, linkSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { topology } from '../../examples/01-count-words/topology.ts'
import { UsageError } from '../cli/errors.ts'
import type { QueryBackend } from '../queries/query.ts'
import { askFolder } from './ask.ts'
import { startQueryServer } from './query-server.ts'
import { socketPathOf } from './socket-file.ts'

let parent: string
const closers: (() => Promise<void>)[] = []
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'j-'))
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  rmSync(parent, { recursive: true })
})

const answer = 'asked, and counted'
/** A backend that only counts how often it is asked. */
const counted = () => {
  const asked = { stops: 0 }
  const count = async () => {
    asked.stops++
    throw new UsageError(answer)
  }
  const backend: QueryBackend = { topology, log: count, growing: null, betweenEpochs: count, control: count }
  return { asked, backend }
}
function folder(name: string): string {
  const directory = join(parent, name)
  cpSync(mkdtempSync(join(parent, 'new-')), directory, { recursive: true })
  return directory
}
async function served(directory: string) {
  const { asked, backend } = counted()
  const server = await startQueryServer(directory, backend)
  closers.push(server.close)
  return { asked, close: server.close }
}
const stop = (directory: string) => askFolder(directory, 'stop', { action: 'R6' } as never)
const connected = (path: string) =>
  new Promise<Socket>((done, failed) => {
    const socket = connect(path, () => done(socket)).on('error', failed)
  })

describe("the socket belongs to its folder's identity", () => {
  test('a copied folder never commands the process of the original, whatever the copy brings along', async () => {
    const original = folder('original')
    const { asked } = await served(original)
    const copied = folder('copied')
    cpSync(join(original, 'socket.json'), join(copied, 'socket.json'))
    const linked = folder('linked')
    linkSync(join(original, 'joai.sock'), join(linked, 'joai.sock'))
    writeFileSync(join(linked, 'socket.json'), JSON.stringify({ path: null, folder: identity(linked) }))
    const pointing = folder('pointing')
    symlinkSync(join(original, 'joai.sock'), join(pointing, 'joai.sock'))
    writeFileSync(join(pointing, 'socket.json'), JSON.stringify({ path: null, folder: identity(pointing) }))
    const forged = folder('forged')
    const named = { path: join(original, 'joai.sock'), folder: identity(forged) }
    writeFileSync(join(forged, 'socket.json'), JSON.stringify(named))

    for (const copy of [copied, linked, pointing, forged])
      await expect(stop(copy)).rejects.toThrow(`there is no log in '${copy}'`)
    expect(asked.stops).toBe(0)
    await expect(stop(original)).rejects.toThrow(answer)
    expect(asked.stops).toBe(1)
  })

  test('a folder that is moved while its process runs takes its socket along', async () => {
    const { asked } = await served(folder('before'))
    renameSync(join(parent, 'before'), join(parent, 'after'))
    await expect(stop(join(parent, 'after'))).rejects.toThrow(answer)
    expect(asked.stops).toBe(1)
  })

  test('what stands in the way of a start stays where it is: another socket, a file, a folder of that name', async () => {
    const { asked } = await served(folder('other'))
    const other = join(parent, 'other')
    for (const kind of ['forged', 'file', 'link'] as const) {
      const mine = folder(kind)
      if (kind === 'forged')
        writeFileSync(
          join(mine, 'socket.json'),
          JSON.stringify({ path: join(other, 'joai.sock'), folder: identity(mine) }),
        )
      if (kind === 'file') writeFileSync(join(mine, 'joai.sock'), 'of somebody')
      if (kind === 'link') symlinkSync(join(other, 'joai.sock'), join(mine, 'joai.sock'))
      const own = await served(mine)
      await expect(stop(mine)).rejects.toThrow(answer)
      expect(own.asked.stops).toBe(1)
      await own.close()
      closers.pop()
    }
    await expect(stop(other)).rejects.toThrow(answer)
    expect(asked.stops).toBe(1)
  })

  test('it is closed to other users, also where its path is too long for the folder', async () => {
    for (const name of ['short', 'a-folder-whose-name-is-rather-long'.repeat(4)]) {
      const directory = folder(name)
      await served(directory)
      expect(statSync(socketPathOf(directory)!).mode & 0o777).toBe(0o600)
    }
  })
})

test('clients that say nothing, half a query, or stop reading do not keep a process from ending', async () => {
  const directory = folder('held')
  const endless: QueryBackend = {
    ...counted().backend,
    log: () => new Promise(() => undefined),
  }
  const server = await startQueryServer(directory, endless)
  const path = socketPathOf(directory)!
  const silent = await connected(path)
  const partial = await connected(path)
  partial.write('{"name":')
  const waiting = await connected(path)
  waiting.write(`${JSON.stringify({ folder: identity(directory), name: 'verify', asked: {} })}\n`)
  await delay(50)
  await server.close()
  for (const socket of [silent, partial, waiting]) socket.destroy()
  expect(socketPathOf(directory)).toBeNull()
})

function identity(directory: string): string {
  const { dev, ino } = statSync(directory, { bigint: true })
  return `${dev}:${ino}`
}
