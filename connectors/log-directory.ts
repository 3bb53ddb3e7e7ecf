import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Level } from 'level'
import { ConnectorError } from '../topology/ports.ts'

/** The engine under the embedded log: text keys in order, bytes. */
export type Database = Level<string, Uint8Array>

/** One change of the engine; many of them make one atomic batch. */
export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: string }

/**
 * Opening a directory twice in one process would give its lock away to others, because POSIX locks belong to processes
 * and any close releases them.
 */
const openHere = new Set<string>()

const ownerFile = (directory: string): string => join(directory, 'owner.json')

/** Opens a directory for this process alone; throws `log-locked`, naming who has it, or `log-unusable`. */
export async function openDirectory(directory: string): Promise<Database> {
  const path = resolve(directory)
  if (openHere.has(path)) throw locked(path, process.pid)
  openHere.add(path)
  try {
    mkdirSync(path, { recursive: true })
    const database: Database = new Level<string, Uint8Array>(path, {
      valueEncoding: 'view',
      // Measured: smaller ones write everything again and again, 4.5 bytes for each byte instead of 2.8.
      writeBufferSize: 64 * 1024 * 1024,
      maxFileSize: 64 * 1024 * 1024,
      blockSize: 16 * 1024,
    })
    await database.open()
    writeFileSync(ownerFile(path), JSON.stringify({ pid: process.pid }))
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

function locked(path: string, owner: number | null, cause?: unknown): ConnectorError {
  const by = owner === null ? 'another process' : owner === process.pid ? 'this process' : `process ${owner}`
  return new ConnectorError('log-locked', `the log in '${path}' is in use by ${by}`, { retryable: true, cause })
}

function ownerOf(path: string): number | null {
  try {
    const { pid } = JSON.parse(readFileSync(ownerFile(path), 'utf8')) as { pid?: unknown }
    return typeof pid === 'number' ? pid : null
  } catch {
    return null
  }
}

/** What the engine says, with what lies beneath. */
export function reason(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
