import { createHash } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

/** On some systems the path of a unix socket must fit into 104 bytes, with its terminating zero. */
const pathBytesMax = 103

const socketName = 'joai.sock'
const fileOf = (directory: string): string => join(directory, 'socket.json')

/** The content of a folder's `socket.json`. */
interface SocketFile {
  /** Where the socket listens; null: in the folder itself, wherever that has been moved to. */
  readonly path: string | null
  /** Identity of the folder for which the socket was opened. */
  readonly folder: string
}

/**
 * Identifies a folder as the file system does. It stays when the folder is moved, and a copy has another one, so that a
 * copied `socket.json` leads nobody to the process of the original.
 */
export function folderIdentity(directory: string): string {
  const { dev, ino } = statSync(directory, { bigint: true })
  return `${dev}:${ino}`
}

/**
 * Returns a free path for the socket of a folder: in the folder where that is short enough, else in a temporary folder that
 * only its owner may enter. On Windows it is a named pipe. Removes the socket that a killed process left there; anything else
 * of that name stays, and the socket goes elsewhere.
 */
export function newSocketPath(directory: string): string {
  const path = resolve(directory, socketName)
  if (process.platform === 'win32')
    return `\\\\.\\pipe\\joai-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`
  if (Buffer.byteLength(path) <= pathBytesMax && clear(path)) return path
  const elsewhere = join(privateFolder(directory), socketName)
  return clear(elsewhere) ? elsewhere : join(mkdtempSync(join(tmpdir(), 'joai-')), socketName)
}

/** Makes the temporary folder that belongs to a folder, the same one after a kill; a new one where somebody else made it. */
function privateFolder(directory: string): string {
  const name = createHash('sha256').update(folderIdentity(directory)).digest('hex').slice(0, 16)
  const path = join(tmpdir(), `joai-${name}`)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const found = lstatSync(path)
  const isOurs = found.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0
  return isOurs ? path : mkdtempSync(join(tmpdir(), 'joai-'))
}

/** Writes the path of a folder's socket into the folder. */
export function writeSocketPath(directory: string, path: string): void {
  const inFolder = dirname(path) === resolve(directory)
  const written: SocketFile = { path: inFolder ? null : path, folder: folderIdentity(directory) }
  const file = fileOf(directory)
  // The file is replaced atomically, because other processes may read it at the same time.
  writeFileSync(`${file}.new`, JSON.stringify(written))
  renameSync(`${file}.new`, file)
}

/**
 * Reads the path of a folder's socket, which may have been left by a killed process. Returns null where there is none, and
 * where the file was written for another folder, as in a copy.
 */
export function socketPathOf(directory: string): string | null {
  try {
    const { path, folder } = JSON.parse(readFileSync(fileOf(directory), 'utf8')) as Partial<SocketFile>
    if (folder !== folderIdentity(directory)) return null
    if (path === null) return resolve(directory, socketName)
    return typeof path === 'string' ? path : null
  } catch {
    return null
  }
}

/**
 * Removes the socket that this process opened for a folder. The path is that of the process, never one that a file names,
 * since anybody may have written the file.
 */
export function removeSocket(directory: string, path: string): void {
  rmSync(fileOf(directory), { force: true })
  if (process.platform === 'win32' || basename(path) !== socketName) return
  clear(path)
  if (dirname(path) !== resolve(directory)) rmdirSync(dirname(path))
}

/** Removes the socket at a path. Returns false where something else is there, which stays. */
function clear(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return true
  if (!found.isSocket()) return false
  rmSync(path, { force: true })
  return true
}
