import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startChannel } from '../dispatcher.ts'
import { memoryLog, put, receiptsIn, sendOf, sendsOf } from '../test/fixtures.ts'
import { openFile, openStream } from './file-provider.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'joai-lines-'))
  path = join(folder, 'sends.jsonl')
})

afterEach(() => rmSync(folder, { recursive: true }))

const { signal } = new AbortController()
const lines = () => readFileSync(path, 'utf8').split('\n').slice(0, -1)

test('each send is a line of JSON, and a receipt', async () => {
  const log = await memoryLog()
  await put(log, sendsOf(300))
  const channel = await startChannel({ log, channel: 'email', provider: await openFile(path), pollMs: 2 })
  await expect.poll(() => channel.counts().delivered).toBe(300)
  await channel.stop()
  const written = lines().map(line => JSON.parse(line))
  expect(written.sort((a, b) => Number(a.decisionId.slice(1)) - Number(b.decisionId.slice(1)))).toEqual(sendsOf(300))
  expect(await receiptsIn(log)).toHaveLength(300)
})

test('a send that may already be in the file is searched for first', async () => {
  const channel = await openFile(path)
  for (const mayRepeat of [false, true]) await channel.deliver(sendOf(1), { signal, mayRepeat })
  await channel.deliver(sendOf(2), { signal, mayRepeat: true })
  await channel.close()
  expect(lines().map(line => JSON.parse(line).decisionId)).toEqual(['d1', 'd2'])
})

test('a line that a crash has cut off is no delivery, and damages no other', async () => {
  writeFileSync(path, `${JSON.stringify(sendOf(0))}\n${JSON.stringify(sendOf(1)).slice(0, 60)}`)
  const channel = await openFile(path)
  for (const n of [0, 1]) await channel.deliver(sendOf(n), { signal, mayRepeat: true })
  await channel.close()
  expect(lines()).toHaveLength(3)
  expect(JSON.parse(lines()[2]!)).toEqual(sendOf(1))
})

test('a stream gets lines as well; when it breaks, the outcome is unknown', async () => {
  const stream = new PassThrough()
  expect(await openStream(stream).deliver(sendOf(1), { signal, mayRepeat: false })).toEqual({ kind: 'delivered' })
  stream.end()
  expect(JSON.parse(await text(stream))).toEqual(sendOf(1))
  const broken = new Writable({ write: (_, __, done) => done(new Error('EPIPE')) }).on('error', () => undefined)
  expect(await openStream(broken).deliver(sendOf(1), { signal, mayRepeat: false })).toEqual({
    kind: 'unknown',
    reason: 'write-failed',
  })
})
