#!/usr/bin/env -S node --max-semi-space-size=64 --heap-growing-percent=300 --v8-pool-size=1
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { isJsonAsked, printJson, reportError } from './cli/output.ts'
import { exitCodeOf, programFor } from './program.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

// What JOAI writes is about customers, so only its own user may read it.
process.umask(0o077)

// The reader of our output may have seen enough, as `head` does.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit()
  throw error
})

// A module of the user's may throw when nobody waits for it any more.
process.on('uncaughtException', error => process.exit(reportError(error)))

try {
  await (await programFor(process.argv[2], version)).parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = exitCodeOf(error)
  if (process.exitCode !== 0 && isJsonAsked()) printJson({ error: error.message, exitCode: process.exitCode })
}
