import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const before = process.env.TMPDIR
let folder: string

/** Gives all temporary files of a test run one folder, so that nothing is left of tests that were skipped or killed. */
export function setup(): void {
  folder = mkdtempSync(join(tmpdir(), 'joai-'))
  process.env.TMPDIR = folder
}

export function teardown(): void {
  rmSync(folder, { recursive: true, force: true })
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
}
