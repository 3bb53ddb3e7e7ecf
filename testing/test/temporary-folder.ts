import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const before = process.env.TMPDIR
let folder: string

/** Puts all temporary files of a test run into one folder, so that tests that were skipped or killed leave nothing behind. */
export function setup(): void {
  folder = mkdtempSync(join(tmpdir(), 'joai-'))
  process.env.TMPDIR = folder
}

export function teardown(): void {
  rmSync(folder, { recursive: true, force: true })
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
}
