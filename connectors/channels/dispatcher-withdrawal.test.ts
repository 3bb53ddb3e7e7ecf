import { describe, expect, test } from 'vitest'
import {
  accept,
  cancelOf,
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
import { until, webhookBench } from './test/webhook-bench.ts'

const bench = webhookBench()

describe('a withdrawn send is not delivered', () => {
  test('a cancellation behind a queued send stops it, however far behind it stands', async () => {
    const log = await memoryLog()
    const sends = sendsOf(400)
    const withdrawn = sends.filter((_, i) => i % 4 === 3)
    bench.receiver.answer = stall
    await put(log, sends)
    const channel = await bench.start(log, {
      inFlightMax: 2,
      heldMax: 20,
      callTimeoutMs: 60_000,
      clock: instantClock(),
    })
    await until(() => bench.receiver.requests.length, 2)
    await put(log, withdrawn.map(cancelOf))
    await channel.stop()
    bench.receiver.answer = accept
    const next = await bench.start(log, { inFlightMax: 2, heldMax: 20 })
    await until(() => next.counts(), expect.objectContaining({ delivered: 300, cancelled: 100, held: 0 }))
    expect(bench.receiver.taken.size).toBe(300)
    for (const { idempotencyKey } of withdrawn) expect(bench.receiver.taken.has(idempotencyKey)).toBe(false)
    const rejected = (await receiptsIn(log)).filter(({ kind }) => kind === 'rejected')
    expect(await receiptsIn(log)).toHaveLength(400)
    expect(rejected.map(({ decisionId }) => decisionId).sort()).toEqual(
      withdrawn.map(({ decisionId }) => decisionId).sort(),
    )
  })

  test('a cancellation that is written while the guard is asked comes in time', async () => {
    const log = await memoryLog()
    await put(log, sendsOf(20))
    const channel = await bench.start(log, {
      guard: async send => {
        if (Number(send.decisionId.slice(1)) % 2 === 1) await put(log, [cancelOf(send)])
        return 'allowed'
      },
    })
    await until(() => channel.counts(), expect.objectContaining({ delivered: 10, cancelled: 10, held: 0 }))
    expect(bench.calledKeys().every(key => Number(key.slice(1, -2)) % 2 === 0)).toBe(true)
  })

  test('a cancellation ends the wait of a send that is not due yet, and a receipt gives its contact back', async () => {
    const log = await memoryLog()
    const waiting = sendOf(2, { notBefore: noon + 1000 })
    await put(log, [waiting])
    const channel = await bench.start(log)
    await until(() => channel.counts().held, 1)
    await put(log, [cancelOf(waiting)])
    await until(() => channel.counts(), expect.objectContaining({ cancelled: 1, held: 0 }))
    expect(bench.receiver.requests).toEqual([])
    expect(await receiptsIn(log)).toMatchObject([{ decisionId: 'd2', kind: 'rejected', source: 'email: cancelled' }])
  })

  test('a cancellation between two tries prevents the next', async () => {
    const log = await memoryLog()
    bench.receiver.answer = respond(503)
    const clock = manualClock()
    await put(log, [sendOf(1)])
    const channel = await bench.start(log, { clock })
    await until(() => clock.slept.length, 1)
    await put(log, [cancelOf(sendOf(1))])
    await until(() => channel.counts(), expect.objectContaining({ cancelled: 1, held: 0 }))
    expect(bench.receiver.requests).toHaveLength(1)
  })

  test('a refusal by the guard returns the contact, with its reason', async () => {
    const log = await memoryLog()
    await put(log, sendsOf(4))
    const guard = async ({ personId }: { personId: string }) => (personId === 'p2' ? 'consent-withdrawn' : 'allowed')
    const channel = await bench.start(log, { guard })
    await until(() => channel.counts(), expect.objectContaining({ delivered: 3, refused: 1, rejected: 1, held: 0 }))
    expect(bench.receiver.taken.has('d2/0')).toBe(false)
    expect((await receiptsIn(log)).find(({ kind }) => kind === 'rejected')).toMatchObject({
      decisionId: 'd2',
      source: 'email: consent-withdrawn',
    })
  })

  test('there is no call as long as the guard does not answer', async () => {
    const log = await memoryLog()
    await put(log, [sendOf(1)])
    let asked = 0
    const guard = async () => {
      if (++asked < 3) throw new Error('the store is away')
      return 'allowed'
    }
    const channel = await bench.start(log, { guard, clock: instantClock() })
    await until(() => channel.counts().delivered, 1)
    expect([asked, bench.receiver.requests.length]).toEqual([3, 1])
  })
})
