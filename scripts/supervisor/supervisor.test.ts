// @module-tag process
// @module-tag slow

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { Supervisor } from './supervisor.ts'

const folder = mkdtempSync(join(tmpdir(), 'joai-supervisor-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A process that is at work when it is asked, and is killed as soon as it has answered twice. */
function able(): string {
  const script = join(folder, 'able.cjs')
  writeFileSync(
    script,
    `let answers = 0
    const dieAfterTwo = () => ++answers === 2 && process.kill(process.pid, 'SIGKILL')
    process.on('message', ({ ask }) => process.send({ answers: ask, status: { ready: true } }, dieAfterTwo))`,
  )
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
  await expect.poll(() => started().length).toBe(7)
  const deaths = said.filter(({ msg }) => msg === 'worker died').map(({ againInMs }) => againInMs)
  expect(deaths.slice(0, 6)).toEqual(Array(6).fill(1000))
  supervisor.stop()
  expect(await supervisor.ended).toBe(3)
})
