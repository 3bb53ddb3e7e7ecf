import { describe, expect, test } from 'vitest'
import { accept, memoryLog, noon, put, receiptsIn, sendOf, sendsOf, stall, startReceiver } from './test/fixtures.ts'
import { takenOnce, until, webhookBench } from './test/webhook-bench.ts'

const bench = webhookBench()

describe('one send is one delivery', () => {
  test('the same send twice, at once and after a restart, is one call and one receipt', async () => {
    const log = await memoryLog()
    await put(log, [sendOf(1), sendOf(1), sendOf(2), sendOf(1)])
    const channel = await bench.start(log)
    await until(() => channel.counts().delivered, 2)
    await put(log, [sendOf(1)])
    await until(() => channel.counts().duplicates, 3)
    await channel.stop()
    await put(log, [sendOf(1), sendOf(3)])
    const next = await bench.start(log)
    await until(() => next.counts(), expect.objectContaining({ delivered: 1, duplicates: 1, held: 0 }))
    expect(bench.calledKeys().sort()).toEqual(['d1/0', 'd2/0', 'd3/0'])
    expect((await receiptsIn(log)).map(({ receiptId }) => receiptId).sort()).toEqual(
      ['d1/0', 'd2/0', 'd3/0'].map(key => `${key}/delivered`),
    )
  })

  test('a receipt names its send, person and time, and goes where the person’s receipts go', async () => {
    const log = await memoryLog()
    await put(log, [sendOf(5)])
    const channel = await bench.start(log)
    await until(() => channel.counts().delivered, 1)
    expect(await receiptsIn(log)).toEqual([
      {
        receiptId: 'd5/0/delivered',
        decisionId: 'd5',
        personId: 'p5',
        kind: 'delivered',
        value: 0,
        occurredAt: noon,
        source: 'email',
      },
    ])
    expect(await log.read('receipts', 1, 0, 9)).toMatchObject([{ key: 'p5', timestamp: noon, offset: 0 }])
  })

  test('as many keys are remembered as configured, across restarts', async () => {
    const log = await memoryLog(1)
    await put(log, sendsOf(100))
    const first = await bench.start(log, { rememberedMax: 10 })
    await until(() => first.counts().delivered, 100)
    await first.stop()
    await put(log, [sendOf(99), sendOf(90)])
    const second = await bench.start(log, { rememberedMax: 10 })
    await until(() => second.counts().duplicates, 2)
    await put(log, [sendOf(3)])
    await until(() => second.counts().delivered, 1)
    expect(bench.receiver.taken.get('d3/0')).toBe(2)
  })
})

describe('stopping', () => {
  test('waits for calls in flight, begins none, and the next start delivers the rest', async () => {
    const log = await memoryLog()
    await put(log, sendsOf(50))
    const answers: (() => void)[] = []
    bench.receiver.answer = (request, response, take) => answers.push(() => accept(request, response, take))
    const channel = await bench.start(log, { inFlightMax: 4, stopTimeoutMs: 5000 })
    await until(() => answers.length, 4)
    const stopped = channel.stop()
    for (const answer of answers) answer()
    await stopped
    await channel.finished
    expect(channel.counts()).toMatchObject({ delivered: 4, inFlight: 0, held: 0 })
    expect(bench.receiver.requests).toHaveLength(4)
    bench.receiver.answer = accept
    const next = await bench.start(log)
    await until(() => next.counts().delivered, 46)
    expect(bench.receiver.taken).toEqual(takenOnce(50))
    expect(bench.receiver.requests).toHaveLength(50)
  })

  test('aborts calls that do not end in time, even one that ignores its signal', async () => {
    const log = await memoryLog()
    await put(log, sendsOf(2))
    let calls = 0
    const deaf = {
      isIdempotent: true,
      deliver: () => {
        calls++
        return new Promise<never>(() => undefined)
      },
      close: async () => undefined,
    }
    const channel = await bench.start(log, { provider: deaf, callTimeoutMs: 60_000 })
    await until(() => calls, 2)
    await channel.stop()
    const next = await bench.start(log)
    await until(() => next.counts().delivered, 2)
    expect(await receiptsIn(log)).toHaveLength(2)
  })
})

describe('a stalled provider', () => {
  test('holds no more sends in memory and in flight than configured, loses none, and leaves other channels alone', {
    tags: ['law'],
  }, async () => {
    const log = await memoryLog(4, ['email', 'sms'])
    const other = await startReceiver()
    bench.receiver.answer = stall
    await put(log, sendsOf(800))
    const email = await bench.start(log, { inFlightMax: 8, heldMax: 40, callTimeoutMs: 60_000 })
    await until(() => bench.receiver.requests.length, 8)
    const sms = await bench.start(log, { channel: 'sms', provider: bench.hook(true, other) })
    await put(log, sendsOf(300, 5000), 'sms')
    await until(() => sms.counts().delivered, 300)
    expect(other.taken.size).toBe(300)
    expect(email.counts()).toMatchObject({ delivered: 0, inFlight: 8, held: 40 })
    expect(bench.receiver.requests).toHaveLength(8)
    await email.stop()
    const seen: [number, number][] = []
    bench.receiver.answer = (...call) => {
      const { held, inFlight } = recovered.counts()
      seen.push([held, inFlight])
      accept(...call)
    }
    const recovered = await bench.start(log, { inFlightMax: 8, heldMax: 40 })
    await until(() => recovered.counts(), expect.objectContaining({ delivered: 800, held: 0 }))
    expect(bench.receiver.taken).toEqual(takenOnce(800))
    expect(Math.max(...seen.map(([held]) => held))).toBe(40)
    expect(Math.max(...seen.map(([, inFlight]) => inFlight))).toBe(8)
    await other.close()
  })
})
