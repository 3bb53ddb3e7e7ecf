import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Log } from '../../topology/log/log.ts'
import { openEmbeddedLog } from '../embedded/embedded-log.ts'
import {
  accept,
  cancelOf,
  deadLettersIn,
  put,
  receiptsIn,
  sendOf,
  sendsOf,
  stall,
  withTopics,
} from './test/fixtures.ts'
import { keysOf, takenOnce, until, webhookBench } from './test/webhook-bench.ts'

const bench = webhookBench()

describe.each(['memory', 'embedded'] as const)('after a crash, on the %s log,', kind => {
  let directory: string
  let log: Log

  beforeEach(async () => {
    directory = join(mkdtempSync(join(tmpdir(), 'joai-channel-')), 'log')
    log = await withTopics(await openEmbeddedLog(kind === 'memory' ? null : directory))
  })

  afterEach(async () => {
    await bench.stopAll()
    await log.close()
    rmSync(join(directory, '..'), { recursive: true })
  })

  /** Ends all writing as a crash does: closes the log, or acquires its partitions. */
  async function crash(): Promise<void> {
    if (kind === 'memory') {
      for (const partition of [0, 1]) await log.acquire({ subTopology: 'channels', topic: 'sends.email', partition })
      return
    }
    await log.close()
    log = await openEmbeddedLog(directory)
  }

  test('between attempt and receipt, a provider that knows the key is called again, and delivers once', async () => {
    await put(log, sendsOf(6))
    const lost: (() => void)[] = []
    bench.receiver.answer = (request, response, take) => {
      take()
      lost.push(() => accept(request, response, () => undefined))
    }
    const first = await bench.start(log)
    await until(() => bench.receiver.requests.length, 6)
    await crash()
    for (const answer of lost) answer()
    await expect(first.finished).rejects.toMatchObject({ code: kind === 'memory' ? 'fenced' : 'log-closed' })
    expect(await receiptsIn(log)).toEqual([])
    bench.receiver.answer = (request, response, take) =>
      accept(request, response, bench.receiver.taken.has(request.key) ? () => undefined : take)
    const second = await bench.start(log)
    await until(() => second.counts().delivered, 6)
    expect(bench.receiver.taken).toEqual(takenOnce(6))
    expect(bench.receiver.requests).toHaveLength(12)
    expect((await receiptsIn(log)).map(({ receiptId }) => receiptId).sort()).toEqual(
      keysOf(6).map(key => `${key}/delivered`),
    )
  })

  test('a provider without idempotency is not called again: a dead letter says that the outcome is unknown', async () => {
    await put(log, sendsOf(3))
    bench.receiver.answer = stall
    await bench.start(log, { provider: bench.hook(false) })
    await until(() => bench.receiver.requests.length, 3)
    await crash()
    bench.receiver.answer = accept
    const second = await bench.start(log, { provider: bench.hook(false) })
    await put(log, [sendOf(3)])
    await until(() => second.counts(), expect.objectContaining({ delivered: 1, deadLetters: 3, held: 0 }))
    expect(bench.calledKeys().sort()).toEqual(keysOf(4))
    expect((await receiptsIn(log)).map(({ decisionId }) => decisionId)).toEqual(['d3'])
    const letters = await deadLettersIn(log)
    expect(letters).toHaveLength(3)
    for (const letter of letters)
      expect(letter).toMatchObject({
        reason: 'outcome-unknown',
        detail: 'interrupted',
        position: { topic: 'sends.email' },
      })
  })

  test('a cancellation that was read but not acted on still stops its send', async () => {
    bench.receiver.answer = stall
    await put(log, [sendOf(0), sendOf(2), sendOf(4)])
    const first = await bench.start(log, { inFlightMax: 1 })
    await until(() => bench.receiver.requests.length, 1)
    await until(() => first.counts().held, 3)
    // The last send stands behind the cancellation, so once it is held the cancellation has been read.
    await put(log, [cancelOf(sendOf(4)), sendOf(6)])
    await until(() => first.counts().held, 4)
    await crash()
    bench.receiver.answer = accept
    const second = await bench.start(log)
    await until(() => second.counts(), expect.objectContaining({ delivered: 3, cancelled: 1, held: 0 }))
    expect(bench.receiver.taken.has('d4/0')).toBe(false)
  })

  test('calls are counted across restarts: a process that keeps dying does not try a send for ever', async () => {
    await put(log, [sendOf(1)])
    bench.receiver.answer = stall
    for (let life = 1; life <= 3; life++) {
      await bench.start(log, { triesMax: 3 })
      await until(() => bench.receiver.requests.length, life)
      await crash()
    }
    const last = await bench.start(log, { triesMax: 3 })
    await until(() => last.counts().deadLetters, 1)
    expect(bench.receiver.requests).toHaveLength(3)
    expect(await deadLettersIn(log)).toMatchObject([{ reason: 'outcome-unknown' }])
  })
})
