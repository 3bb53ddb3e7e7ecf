import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Level } from 'level'
import { ConnectorError } from '../../topology/log/log.ts'

/** The engine under the embedded log: bytes by text keys, in order. */
export type Database = Level<string, Uint8Array>

/** A consistent view of the engine at one moment. */
export type Snapshot = ReturnType<Database['snapshot']>

/** One change of the engine. Several make one atomic batch. */
export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: string }

/**
 * The locks that this process holds, by the location of the directory. Opening one twice would release it, because POSIX locks
 * belong to the process and any close releases them.
 */
const locksHere = new Map<string, string>()

/** The process that has a directory open. The engine's lock keeps others out and ends with that process; this only names it. */
export interface LogOwner {
  readonly pid: number
  /** Its command line; empty when unknown. */
  readonly command: string
  /** ISO 8601. */
  readonly since: string
}

const ownerFile = (directory: string): string => join(directory, 'owner.json')

/**
 * Opens a directory for this process alone. Messages name `place`. Throws `log-locked`, which names the owner, `log-corrupt`,
 * or `log-unusable`.
 */
export async function openDirectory(directory: string, command = '', place = directory): Promise<Database> {
  const path = resolve(directory)
  const lock = lockOf(path)
  if ([...locksHere.values()].includes(lock)) throw locked(place, ownerOf(path))
  locksHere.set(path, lock)
  try {
    mkdirSync(path, { recursive: true })
    if (!existsSync(join(path, 'CURRENT')) && readdirSync(path).some(name => /^MANIFEST-|\.(ldb|log)$/.test(name)))
      throw new ConnectorError(
        'log-corrupt',
        `the log in '${place}' has lost its file 'CURRENT': restore it from a copy`,
      )
    const database: Database = new Level<string, Uint8Array>(path, {
      valueEncoding: 'view',
      writeBufferSize: 64 * 1024 * 1024,
      // The table between segments and other keys is merged each time, so it should be small.
      maxFileSize: 8 * 1024 * 1024,
      blockSize: 16 * 1024,
    })
    await database.open()
    const owner: LogOwner = { pid: process.pid, command, since: new Date().toISOString() }
    writeFileSync(ownerFile(path), JSON.stringify(owner))
    return database
  } catch (error) {
    locksHere.delete(path)
    if (error instanceof ConnectorError) throw error
    if ((error as { cause?: { code?: string } }).cause?.code === 'LEVEL_LOCKED')
      throw locked(place, ownerOf(path), error)
    throw new ConnectorError('log-unusable', `the log in '${place}' can't be opened: ${reason(error)}`, {
      cause: error,
    })
  }
}

/** Closes the directory, so that another process can open it. */
export async function closeDirectory(database: Database): Promise<void> {
  const path = resolve(database.location)
  rmSync(ownerFile(path), { force: true })
  await database.close()
  locksHere.delete(path)
}

/** Returns the file that is locked: where the directory only leads to another one's files, the lock is there. */
function lockOf(path: string): string {
  const lock = join(path, 'LOCK')
  return existsSync(lock) ? realpathSync(lock) : lock
}

function locked(place: string, owner: LogOwner | null, cause?: unknown): ConnectorError {
  const by = owner === null ? 'another process' : inWords(owner)
  return new ConnectorError('log-locked', `the log in '${place}' is in use by ${by}`, { retryable: true, cause })
}

function inWords({ pid, command, since }: LogOwner): string {
  const what = command === '' ? '' : `'${command}', `
  return `${pid === process.pid ? 'this process' : `process ${pid}`} (${what}since ${since})`
}

/** Reads the owner's file. Returns null when it belongs to a process that was killed, and the present owner has not written its own yet. */
function ownerOf(path: string): LogOwner | null {
  try {
    const { pid, command, since } = JSON.parse(readFileSync(ownerFile(path), 'utf8')) as LogOwner
    return lives(pid) ? { pid, command, since } : null
  } catch {
    return null
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM means that the process is alive and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Returns the engine's message, with that of its cause. */
export function reason(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
