import { describe, expect, test } from 'vitest'
import type { ConnectorError } from '../../topology/log/log.ts'
import { startChannel } from './dispatcher.ts'
import {
  accept,
  deadLettersIn,
  instantClock,
  manualClock,
  memoryLog,
  noon,
  put,
  receiptsIn,
  respond,
  sendOf,
  sendsOf,
  stall,
} from './test/fixtures.ts'
import { takenOnce, until, webhookBench } from './test/webhook-bench.ts'

const bench = webhookBench()

describe('time', () => {
  test('a send waits for its time, delays no other send of its person, and expires with a receipt', async () => {
    const log = await memoryLog()
    const clock = manualClock()
    await put(log, [
      sendOf(1, { notBefore: noon + 5000 }),
      sendOf(2, { personId: 'p1' }),
      sendOf(3, { expiresAt: noon }),
      sendOf(5, { notBefore: noon + 5000, expiresAt: noon + 4000 }),
    ])
    const channel = await bench.start(log, { clock })
    await until(() => channel.counts(), expect.objectContaining({ delivered: 1, expired: 1, held: 2 }))
    clock.advance(4999)
    // This send stands behind the first on its partition, so sends that were due before have been called by then.
    await put(log, [sendOf(7)])
    await until(() => channel.counts().delivered, 2)
    expect(bench.calledKeys()).toEqual(['d2/0', 'd7/0'])
    clock.advance(1)
    await until(() => channel.counts(), expect.objectContaining({ delivered: 3, expired: 2, rejected: 2, held: 0 }))
    expect(bench.calledKeys()).toEqual(['d2/0', 'd7/0', 'd1/0'])
    expect((await receiptsIn(log)).filter(({ source }) => source === 'email: expired')).toHaveLength(2)
  })

  test('a wait continues after a restart, and does not hold up the partition', async () => {
    const log = await memoryLog(1)
    const clock = manualClock()
    await put(log, [sendOf(0, { notBefore: noon + 5000 }), ...sendsOf(50, 1)])
    const first = await bench.start(log, { clock, rememberedMax: 5 })
    await until(() => first.counts().delivered, 50)
    await first.stop()
    clock.advance(5000)
    const second = await bench.start(log, { clock, rememberedMax: 5 })
    await until(() => second.counts().delivered, 1)
    expect(bench.receiver.requests).toHaveLength(51)
  })

  test('a person’s sends keep their order through failures, and others do not wait for them', async () => {
    const log = await memoryLog(1)
    const ofOne = Array.from({ length: 5 }, (_, i) => sendOf(i, { personId: 'p1' }))
    await put(log, [...ofOne, ...sendsOf(20, 10)])
    const clock = manualClock()
    bench.receiver.answer = (request, response, take) =>
      request.key === 'd1/0' && !bench.receiver.requests.slice(0, -1).some(({ key }) => key === 'd1/0')
        ? respond(503)(request, response, take)
        : accept(request, response, take)
    const channel = await bench.start(log, { clock })
    await until(() => channel.counts().delivered, 21)
    expect(bench.receiver.taken.has('d2/0')).toBe(false)
    clock.advance(1000)
    await until(() => channel.counts().delivered, 25)
    const order = bench.calledKeys().filter(key => Number(key.slice(1, -2)) < 10)
    expect(order).toEqual(['d0/0', 'd1/0', 'd1/0', 'd2/0', 'd3/0', 'd4/0'])
  })
})

describe('failures', () => {
  test('an unavailable service is tried as often as configured, with growing pauses, then given up', async () => {
    const log = await memoryLog()
    const clock = instantClock()
    bench.receiver.answer = respond(503)
    await put(log, [sendOf(1)])
    const channel = await bench.start(log, { clock, triesMax: 6, backoffMs: 100, backoffMaxMs: 1000 })
    await until(() => channel.counts(), expect.objectContaining({ deadLetters: 1, retries: 5, held: 0 }))
    expect(bench.receiver.requests).toHaveLength(6)
    expect(new Set(bench.calledKeys())).toEqual(new Set(['d1/0']))
    expect(clock.slept).toEqual([100, 200, 400, 800, 1000])
    expect(await deadLettersIn(log)).toMatchObject([
      { position: { topic: 'sends.email', partition: 1, offset: 0 }, reason: 'gave-up', detail: 'http-503', at: noon },
    ])
    expect(await receiptsIn(log)).toMatchObject([{ kind: 'rejected', source: 'email: gave-up' }])
  })

  test('a pause that the service asks for is kept', async () => {
    const log = await memoryLog()
    const clock = instantClock()
    bench.receiver.answer = respond(429, { 'retry-after': '90' })
    await put(log, [sendOf(1)])
    const channel = await bench.start(log, { clock, triesMax: 2 })
    await until(() => channel.counts().deadLetters, 1)
    expect(clock.slept).toEqual([90_000])
  })

  test('giving up after an unknown outcome does not return the contact', async () => {
    const log = await memoryLog()
    bench.receiver.answer = stall
    await put(log, sendsOf(2))
    const callClock = manualClock()
    const channel = await bench.start(log, { clock: instantClock(), callClock, triesMax: 2, callTimeoutMs: 30 })
    for (const calls of [2, 4]) {
      await until(() => bench.receiver.requests.length, calls)
      callClock.advance(30)
    }
    await until(() => channel.counts(), expect.objectContaining({ deadLetters: 2, retries: 2, held: 0 }))
    expect(await deadLettersIn(log)).toMatchObject([{ reason: 'outcome-unknown', detail: 'timeout' }, {}])
    expect(await receiptsIn(log)).toEqual([])
    expect(bench.receiver.requests).toHaveLength(4)
  })

  test('a timeout at a provider without idempotency ends the send: one call, one dead letter', async () => {
    const log = await memoryLog()
    bench.receiver.answer = stall
    await put(log, [sendOf(1)])
    const callClock = manualClock()
    const options = { provider: bench.hook(false), clock: instantClock(), callClock, callTimeoutMs: 30 }
    const channel = await bench.start(log, options)
    await until(() => bench.receiver.requests.length, 1)
    callClock.advance(30)
    await until(() => channel.counts().deadLetters, 1)
    expect(bench.receiver.requests).toHaveLength(1)
    expect(await deadLettersIn(log)).toMatchObject([{ reason: 'outcome-unknown', detail: 'timeout' }])
  })

  test('a record that holds no send is a dead letter, and its neighbours are delivered', async () => {
    const log = await memoryLog(1)
    const broken = [Buffer.from('{}'), Buffer.from([0, 0, 0, 0, 1]), Buffer.alloc(0)]
    for (const [i, value] of broken.entries()) {
      await put(log, [sendOf(i)])
      await log.append([{ topic: 'sends.email', partition: 0, key: 'x', value, timestamp: noon }])
    }
    const channel = await bench.start(log)
    await until(() => channel.counts(), expect.objectContaining({ delivered: 3, deadLetters: 3 }))
    expect((await deadLettersIn(log)).map(({ reason, position }) => [reason, position.offset])).toEqual([
      ['bad-frame', 1],
      ['unknown-schema', 3],
      ['bad-frame', 5],
    ])
  })

  test('a channel that acquires the partitions fences the previous one, and together they deliver each send once', async () => {
    const log = await memoryLog()
    await put(log, sendsOf(200))
    bench.receiver.answer = (request, response, take) =>
      accept(request, response, bench.receiver.taken.has(request.key) ? () => undefined : take)
    const first = await bench.start(log, { inFlightMax: 4 })
    await until(() => bench.receiver.requests.length > 20, true)
    const second = await bench.start(log, { inFlightMax: 4 })
    await expect(first.finished).rejects.toMatchObject({ code: 'fenced' })
    await until(() => first.counts().delivered + second.counts().delivered >= 200 && second.counts().held, 0)
    expect(bench.receiver.taken).toEqual(takenOnce(200))
    expect(await receiptsIn(log)).toHaveLength(200)
  })

  test('a missing topic, or attempts written by a later version, are reported before the first call', async () => {
    const log = await memoryLog()
    const codeOf = (channel: 'sms' | 'email') =>
      startChannel({ log, channel, provider: bench.hook() }).catch((error: ConnectorError) => error.code)
    expect(await codeOf('sms')).toBe('unknown-topic')
    const owner = await log.acquire({ subTopology: 'channels', topic: 'sends.email', partition: 1 })
    await log.commit([{ owner, position: 0, outputs: [], changelog: [], checkpoint: Buffer.from('2') }])
    expect(await codeOf('email')).toBe('channel-version')
  })
})
