import {
  accessSync,
  constants,
  copyFileSync,
  type Dirent,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { UsageError } from '../cli/errors.ts'
import type { RunFolder } from './embedded.ts'

/** Files that no engine ever writes again, and the lock. A view leads to them; of the others, which are small, it has copies. */
const written = /\.(ldb|sst)$|^LOCK$/

/** Files that an engine makes anew, and that a reader needs nothing of. */
const madeAnew = /^LOG(\.old)?/

/** Folders for views where the usual one has no room, or can't be written. */
const places = [tmpdir(), '/dev/shm']

/**
 * Makes a view of a run's folder: a temporary folder whose large files lead to those of the run. What engines recover and
 * tidy up when they open a view stays in it, and the run's folder is not written to. It may be on a disk that is full or read-only. The lock is that of the run: while a view is open, no other process can open the
 * run, and a view of a run in use is refused.
 */
export function viewOf(directory: string): RunFolder {
  const view = temporaryFolder()
  try {
    for (const entry of subfolders(directory)) link(resolve(directory, entry.name), join(view, entry.name))
  } catch (error) {
    rmSync(view, { recursive: true, force: true })
    throw new UsageError(`'${directory}' can't be read: ${(error as Error).message}`)
  }
  return { directory: view, shownAs: directory, dispose: () => rmSync(view, { recursive: true, force: true }) }
}

/** Folders of the log and the stores. */
const subfolders = (directory: string): Dirent[] =>
  readdirSync(directory, { withFileTypes: true }).filter(
    entry => entry.isDirectory() && /^(log|state-\w+)$/.test(entry.name),
  )

function link(from: string, to: string): void {
  mkdirSync(to)
  for (const { name } of readdirSync(from, { withFileTypes: true }).filter(entry => entry.isFile())) {
    if (madeAnew.test(name) || (name === 'LOCK' && !isWritable(join(from, name)))) continue
    if (written.test(name) && process.platform !== 'win32') symlinkSync(join(from, name), join(to, name))
    else copyFileSync(join(from, name), join(to, name))
  }
}

/** Whether a process could hold a lock on the file; where nothing can be written, none can be at work. */
function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function temporaryFolder(): string {
  let failure: unknown
  for (const place of places) {
    try {
      return mkdtempSync(join(place, 'joai-view-'))
    } catch (error) {
      failure ??= error
    }
  }
  throw new UsageError(`there is no room for temporary files: name a folder for them by TMPDIR (${failure})`)
}
