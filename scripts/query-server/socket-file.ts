import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

/** The name of a unix socket must fit into 104 bytes on some systems, with the zero at its end. */
const pathBytesMax = 103

const socketName = 'joai.sock'
const fileOf = (directory: string): string => join(directory, 'socket.json')

/**
 * Where the socket of a folder goes: into the folder if its path is short enough, else into a new folder for temporary files
 * that only its owner may enter. On Windows it is a named pipe.
 */
export function newSocketPath(directory: string): string {
  const path = resolve(directory, socketName)
  if (process.platform === 'win32')
    return `\\\\.\\pipe\\joai-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`
  if (Buffer.byteLength(path) <= pathBytesMax) return path
  return join(mkdtempSync(join(tmpdir(), 'joai-')), socketName)
}

/** Says where the socket of a folder is. */
export function writeSocketPath(directory: string, path: string): void {
  const file = fileOf(directory)
  // Whole or not at all, because others look at it meanwhile.
  writeFileSync(`${file}.new`, JSON.stringify({ path }))
  renameSync(`${file}.new`, file)
}

/** Where the socket of a folder is, or was until its process was killed; null when there never was one. */
export function socketPathOf(directory: string): string | null {
  try {
    const { path } = JSON.parse(readFileSync(fileOf(directory), 'utf8')) as { path?: unknown }
    return typeof path === 'string' ? path : null
  } catch {
    return null
  }
}

/** Takes away the socket of a folder, of this process or of one that was killed. */
export function removeSocket(directory: string): void {
  const path = socketPathOf(directory)
  rmSync(fileOf(directory), { force: true })
  if (path === null || basename(path) !== socketName) return
  rmSync(path, { force: true })
  if (dirname(path) !== resolve(directory) && existsSync(dirname(path))) rmdirSync(dirname(path))
}
