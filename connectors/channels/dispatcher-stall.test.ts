// @module-tag process
// @module-tag slow

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CompiledChild, compiledChild } from '../test/compiled-child.ts'
import { heldMax, type StallLine, sendBytes } from '../test/stall-child.ts'
import { accept, startReceiver } from './test/fixtures.ts'

let child: CompiledChild
beforeAll(() => {
  child = compiledChild('test/stall-child.ts')
})
afterAll(() => child.remove())

const megabyte = 1024 * 1024
const heapMb = 40
const piled = Number(process.env.JOAI_PILED ?? 3000)
const others = 500

test('a web service that never answers holds up only its own channel, in bounded memory, and loses nothing', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'joai-stall-'))
  const stuck: (() => void)[] = []
  let isStalled = true
  const receiver = await startReceiver((request, response, take) => {
    // It honours the key, even of a call that has been aborted.
    const answer = () => accept(request, response, receiver.taken.has(request.key) ? () => undefined : take)
    if (isStalled && request.path.endsWith('/sms')) stuck.push(answer)
    else answer()
  })
  const args = [child.script, 'deliver-all', join(directory, 'log'), `http://${receiver.host}`, `${piled}`, `${others}`]
  const running = spawn(process.execPath, [`--max-old-space-size=${heapMb}`, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | string | null>(resolve =>
    running.once('exit', (code, signal) => resolve(signal ?? code)),
  )
  const lines: StallLine[] = []
  for await (const text of createInterface({ input: running.stdout })) {
    const line = JSON.parse(text) as StallLine
    lines.push(line)
    if (!isStalled || !line.isPiled || line.email.delivered! < others || line.sms.held! < heldMax) continue
    // The other channel is done, while this one holds as many as it may and has delivered none.
    expect(line.sms).toMatchObject({ delivered: 0, held: heldMax, deadLetters: 0 })
    expect(stuck.length).toBeGreaterThanOrEqual(32)
    isStalled = false
    for (const answer of stuck) answer()
  }
  expect(await ended).toBe(0)
  expect(isStalled).toBe(false)
  const last = lines.at(-1)!
  expect(last.sms).toMatchObject({ delivered: piled, rejected: 0, deadLetters: 0, held: 0 })
  expect(last.email).toMatchObject({ delivered: others, deadLetters: 0 })
  expect(receiver.taken.size).toBe(piled + others)
  expect([...receiver.taken.values()].filter(times => times !== 1)).toEqual([])
  const grown = Math.max(...lines.map(({ ownBytes }) => ownBytes)) - lines[0]!.ownBytes
  // If all sends were kept as objects, they would not fit in the heap, and the process would have ended.
  expect(piled * sendBytes).toBeGreaterThan(2 * heapMb * megabyte)
  expect(grown).toBeLessThan(250 * megabyte)
  await receiver.close()
  rmSync(directory, { recursive: true })
}, 1_200_000)
