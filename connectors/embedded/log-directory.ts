import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Level } from 'level'
import { ConnectorError } from '../../topology/log/log.ts'

/** The engine under the embedded log: text keys in order, bytes. */
export type Database = Level<string, Uint8Array>

/** The engine as it was at one moment. */
export type Snapshot = ReturnType<Database['snapshot']>

/** One change of the engine; many of them make one atomic batch. */
export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: string }

/**
 * Opening a directory twice in one process would give its lock away to others, because POSIX locks belong to processes
 * and any close releases them.
 */
const openHere = new Set<string>()

/** Who has a directory open. The engine's lock is what keeps others out, and ends with its process; this only names it. */
export interface LogOwner {
  readonly pid: number
  /** What it runs, in words; empty when it did not say. */
  readonly command: string
  /** ISO 8601. */
  readonly since: string
}

const ownerFile = (directory: string): string => join(directory, 'owner.json')

/** Opens a directory for this process alone; throws `log-locked`, naming who has it, or `log-unusable`. */
export async function openDirectory(directory: string, command = ''): Promise<Database> {
  const path = resolve(directory)
  if (openHere.has(path)) throw locked(path, ownerOf(path))
  openHere.add(path)
  try {
    mkdirSync(path, { recursive: true })
    const database: Database = new Level<string, Uint8Array>(path, {
      valueEncoding: 'view',
      writeBufferSize: 64 * 1024 * 1024,
      // A table at the border between segments and all else is merged each time: it should be small.
      maxFileSize: 8 * 1024 * 1024,
      blockSize: 16 * 1024,
    })
    await database.open()
    const owner: LogOwner = { pid: process.pid, command, since: new Date().toISOString() }
    writeFileSync(ownerFile(path), JSON.stringify(owner))
    return database
  } catch (error) {
    openHere.delete(path)
    if ((error as { cause?: { code?: string } }).cause?.code === 'LEVEL_LOCKED')
      throw locked(path, ownerOf(path), error)
    throw new ConnectorError('log-unusable', `the log in '${path}' can't be opened: ${reason(error)}`, { cause: error })
  }
}

/** Gives the directory back. */
export async function closeDirectory(database: Database): Promise<void> {
  const path = resolve(database.location)
  rmSync(ownerFile(path), { force: true })
  await database.close()
  openHere.delete(path)
}

function locked(path: string, owner: LogOwner | null, cause?: unknown): ConnectorError {
  const by = owner === null ? 'another process' : inWords(owner)
  return new ConnectorError('log-locked', `the log in '${path}' is in use by ${by}`, { retryable: true, cause })
}

function inWords({ pid, command, since }: LogOwner): string {
  const what = command === '' ? '' : `'${command}', `
  return `${pid === process.pid ? 'this process' : `process ${pid}`} (${what}since ${since})`
}

/** Null when the file is of one that was killed before the present owner could write its own. */
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
    // It lives, and is someone else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** What the engine says, with what lies beneath. */
export function reason(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
