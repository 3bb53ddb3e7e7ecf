// @module-tag process

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { Supervisor } from './supervisor.ts'

const folder = mkdtempSync(join(tmpdir(), 'joai-supervisor-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A process that is always at work when it is asked. */
function able(): string {
  const script = join(folder, 'able.cjs')
  writeFileSync(script, 'process.on("message", ({ ask }) => process.send({ answers: ask, status: { ready: true } }))')
  return script
}

/** A supervisor of one process, and the lines that it logs. */
function supervised(script: string) {
  const said: any[] = []
  const logger = pino({ level: 'info' }, { write: line => said.push(JSON.parse(line)) })
  const supervisor = new Supervisor(1, [script], logger)
  return { supervisor, said, started: () => said.filter(({ msg }) => msg === 'worker started') }
}

test('a worker that was at work each time may die more often than one that never was, though nobody asks how it stands', async () => {
  const { supervisor, said, started } = supervised(able())
  for (let death = 1; death <= 6; death++) {
    await expect.poll(() => started().length).toBe(death)
    await new Promise(resolve => setTimeout(resolve, 1500))
    process.kill(started().at(-1).pid, 'SIGKILL')
  }
  await expect.poll(() => started().length).toBe(7)
  expect(said.filter(({ msg }) => msg === 'worker died').map(({ againInMs }) => againInMs)).toEqual(Array(6).fill(1000))
  supervisor.stop()
  expect(await supervisor.ended).toBe(3)
}, 60_000)
