import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isWanted } from './tags.ts'

/** Mounts a disk of 32 MB in a folder of its own, and returns the folder. Throws where that is not allowed. */
export function mountedDisk(): string {
  const folder = mkdtempSync(join(tmpdir(), 'joai-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', folder], { stdio: 'pipe' })
    return folder
  } catch (error) {
    rmSync(folder, { recursive: true })
    throw error
  }
}

/** Takes a disk away, and what it holds. */
export function unmountDisk(folder: string): void {
  execFileSync('umount', ['-l', folder])
  rmSync(folder, { recursive: true })
}

/** Lets a file take all that a disk has left. */
export function fillDisk(file: string): void {
  try {
    for (;;) appendFileSync(file, Buffer.alloc(64 << 10))
  } catch (error) {
    if ((error as { readonly code?: string }).code !== 'ENOSPC') throw error
  }
}

/** Whether this process may mount disks; false too where no test of this run needs one. */
export const canMountDisks = (isWanted('process') || isWanted('process', 'broker', 'slow')) && canMount()

function canMount(): boolean {
  try {
    unmountDisk(mountedDisk())
    return true
  } catch {
    return false
  }
}
