import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

/** On some systems the path of a unix socket must fit into 104 bytes, with its terminating zero. */
const pathBytesMax = 103

const socketName = 'joai.sock'
const fileOf = (directory: string): string => join(directory, 'socket.json')

/**
 * Returns a path for the socket of a folder: in the folder where that is short enough, else in a new temporary folder that
 * only its owner may enter. On Windows it is a named pipe.
 */
export function newSocketPath(directory: string): string {
  const path = resolve(directory, socketName)
  if (process.platform === 'win32')
    return `\\\\.\\pipe\\joai-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`
  if (Buffer.byteLength(path) <= pathBytesMax) return path
  return join(mkdtempSync(join(tmpdir(), 'joai-')), socketName)
}

/** Writes the path of a folder's socket into the folder. */
export function writeSocketPath(directory: string, path: string): void {
  const file = fileOf(directory)
  // The file is replaced atomically, because other processes may read it at the same time.
  writeFileSync(`${file}.new`, JSON.stringify({ path }))
  renameSync(`${file}.new`, file)
}

/** Reads the path of a folder's socket, which may have been left by a killed process; null where there is none. */
export function socketPathOf(directory: string): string | null {
  try {
    const { path } = JSON.parse(readFileSync(fileOf(directory), 'utf8')) as { path?: unknown }
    return typeof path === 'string' ? path : null
  } catch {
    return null
  }
}

/** Removes the socket of a folder, of this process or of one that was killed. */
export function removeSocket(directory: string): void {
  const path = socketPathOf(directory)
  rmSync(fileOf(directory), { force: true })
  if (path === null || basename(path) !== socketName) return
  rmSync(path, { force: true })
  if (dirname(path) !== resolve(directory) && existsSync(dirname(path))) rmdirSync(dirname(path))
}
