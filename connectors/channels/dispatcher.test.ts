import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ConnectorError, Log } from '../../topology/ports.ts'
import { openEmbeddedLog } from '../embedded-log.ts'
import { type ChannelOptions, type RunningChannel, startChannel } from './dispatcher.ts'
import {
  accept,
  cancelOf,
  handClock,
  lettersIn,
  memoryLog,
  noon,
  put,
  type Receiver,
  receiptsIn,
  respond,
  sendOf,
  sendsOf,
  stall,
  startReceiver,
  swiftClock,
  withTopics,
} from './fixture-contract.ts'
import { webhookChannel } from './webhook-channel.ts'

let receiver: Receiver
const started: RunningChannel[] = []

beforeEach(async () => {
  receiver = await startReceiver()
})

afterEach(async () => {
  await Promise.all(started.splice(0).map(channel => channel.stop()))
  await receiver.close()
})

const hook = (isIdempotent = true, { url, host } = receiver) =>
  webhookChannel({ url, allowedHosts: [host], allowsLoopbackHttp: true, isIdempotent })

async function start(log: Log, options: Partial<ChannelOptions> = {}): Promise<RunningChannel> {
  const defaults = { channel: 'email', provider: hook(), pollMs: 2, stopTimeoutMs: 50, clock: handClock() } as const
  const channel = await startChannel({ log, ...defaults, ...options })
  started.push(channel)
  return channel
}

const until = (actual: () => unknown, expected: unknown) =>
  expect.poll(actual, { interval: 2, timeout: 10_000 }).toEqual(expected)
const keysOf = (count: number) => sendsOf(count).map(({ idempotencyKey }) => idempotencyKey)
const calledKeys = () => receiver.requests.map(({ key }) => key)
const takenOnce = (count: number) => new Map(keysOf(count).map(key => [key, 1]))

describe('one send is one delivery', () => {
  test('the same send twice, at once and after a restart, is one call and one receipt', async () => {
    const log = await memoryLog()
    await put(log, [sendOf(1), sendOf(1), sendOf(2), sendOf(1)])
    const channel = await start(log)
    await until(() => channel.counts().delivered, 2)
    await put(log, [sendOf(1)])
    await until(() => channel.counts().duplicates, 3)
    await channel.stop()
    await put(log, [sendOf(1), sendOf(3)])
    const next = await start(log)
    await until(() => next.counts(), expect.objectContaining({ delivered: 1, duplicates: 1, held: 0 }))
    expect(calledKeys().sort()).toEqual(['d1/0', 'd2/0', 'd3/0'])
    expect((await receiptsIn(log)).map(({ receiptId }) => receiptId).sort()).toEqual(
      ['d1/0', 'd2/0', 'd3/0'].map(key => `${key}/delivered`),
    )
  })

  test('a receipt names its send, person and time, and goes where the person’s receipts go', async () => {
    const log = await memoryLog()
    await put(log, [sendOf(5)])
    const channel = await start(log)
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

  test('a key is remembered as long as asked for, over restarts too', async () => {
    const log = await memoryLog(1)
    await put(log, sendsOf(100))
    const first = await start(log, { rememberedMax: 10 })
    await until(() => first.counts().delivered, 100)
    await first.stop()
    await put(log, [sendOf(99), sendOf(90)])
    const second = await start(log, { rememberedMax: 10 })
    await until(() => second.counts().duplicates, 2)
    await put(log, [sendOf(3)])
    await until(() => second.counts().delivered, 1)
    expect(receiver.taken.get('d3/0')).toBe(2)
  })
})

describe.each(['memory', 'embedded'] as const)('after a crash, on the %s log,', kind => {
  let directory: string
  let log: Log

  beforeEach(async () => {
    directory = join(mkdtempSync(join(tmpdir(), 'joai-channel-')), 'log')
    log = await withTopics(await openEmbeddedLog(kind === 'memory' ? null : directory))
  })

  afterEach(async () => {
    await Promise.all(started.splice(0).map(channel => channel.stop()))
    await log.close()
    rmSync(join(directory, '..'), { recursive: true })
  })

  /** What is under way writes nothing any more: the log is closed under it, or the partitions taken over. */
  async function crash(): Promise<void> {
    if (kind === 'memory') {
      for (const partition of [0, 1]) await log.takeOver({ subTopology: 'channels', topic: 'sends.email', partition })
      return
    }
    await log.close()
    log = await openEmbeddedLog(directory)
  }

  test('between attempt and receipt, a provider that knows the key is called again, and delivers once', async () => {
    await put(log, sendsOf(6))
    const lost: (() => void)[] = []
    receiver.answer = (request, response, take) => {
      take()
      lost.push(() => accept(request, response, () => undefined))
    }
    const first = await start(log)
    await until(() => receiver.requests.length, 6)
    await crash()
    for (const answer of lost) answer()
    await expect(first.finished).rejects.toMatchObject({ code: kind === 'memory' ? 'fenced' : 'log-closed' })
    expect(await receiptsIn(log)).toEqual([])
    receiver.answer = (request, response, take) =>
      accept(request, response, receiver.taken.has(request.key) ? () => undefined : take)
    const second = await start(log)
    await until(() => second.counts().delivered, 6)
    expect(receiver.taken).toEqual(takenOnce(6))
    expect(receiver.requests).toHaveLength(12)
    expect((await receiptsIn(log)).map(({ receiptId }) => receiptId).sort()).toEqual(
      keysOf(6).map(key => `${key}/delivered`),
    )
  })

  test('a provider that knows no key is not called again: a dead letter says that nobody knows', async () => {
    await put(log, sendsOf(3))
    receiver.answer = stall
    await start(log, { provider: hook(false) })
    await until(() => receiver.requests.length, 3)
    await crash()
    receiver.answer = accept
    const second = await start(log, { provider: hook(false) })
    await put(log, [sendOf(3)])
    await until(() => second.counts(), expect.objectContaining({ delivered: 1, deadLetters: 3, held: 0 }))
    expect(calledKeys().sort()).toEqual(keysOf(4))
    expect((await receiptsIn(log)).map(({ decisionId }) => decisionId)).toEqual(['d3'])
    const letters = await lettersIn(log)
    expect(letters).toHaveLength(3)
    for (const letter of letters)
      expect(letter).toMatchObject({
        reason: 'outcome-unknown',
        detail: 'interrupted',
        position: { topic: 'sends.email' },
      })
  })

  test('a cancellation that was read but not acted on still stops its send', async () => {
    receiver.answer = stall
    await put(log, [sendOf(0), sendOf(2), sendOf(4)])
    const first = await start(log, { inFlightMax: 1 })
    await until(() => receiver.requests.length, 1)
    await until(() => first.counts().held, 3)
    await put(log, [cancelOf(sendOf(4))])
    await crash()
    receiver.answer = accept
    const second = await start(log)
    await until(() => second.counts(), expect.objectContaining({ delivered: 2, cancelled: 1, held: 0 }))
    expect(receiver.taken.has('d4/0')).toBe(false)
  })

  test('calls are counted on: a send is not tried for ever by a process that keeps dying', async () => {
    await put(log, [sendOf(1)])
    receiver.answer = stall
    for (let life = 1; life <= 3; life++) {
      await start(log, { triesMax: 3 })
      await until(() => receiver.requests.length, life)
      await crash()
    }
    const last = await start(log, { triesMax: 3 })
    await until(() => last.counts().deadLetters, 1)
    expect(receiver.requests).toHaveLength(3)
    expect(await lettersIn(log)).toMatchObject([{ reason: 'outcome-unknown' }])
  })
})

describe('what is withdrawn is not delivered', () => {
  test('a cancellation behind a queued send stops it, however far behind it stands', async () => {
    const log = await memoryLog()
    const sends = sendsOf(400)
    const withdrawn = sends.filter((_, i) => i % 4 === 3)
    receiver.answer = stall
    await put(log, sends)
    const channel = await start(log, { inFlightMax: 2, heldMax: 20, callTimeoutMs: 60_000, clock: swiftClock() })
    await until(() => receiver.requests.length, 2)
    await put(log, withdrawn.map(cancelOf))
    await channel.stop()
    receiver.answer = accept
    const next = await start(log, { inFlightMax: 2, heldMax: 20 })
    await until(() => next.counts(), expect.objectContaining({ delivered: 300, cancelled: 100, held: 0 }))
    expect(receiver.taken.size).toBe(300)
    for (const { idempotencyKey } of withdrawn) expect(receiver.taken.has(idempotencyKey)).toBe(false)
    expect(await receiptsIn(log)).toHaveLength(300)
  })

  test('one that is written while consent is asked for again comes in time', async () => {
    const log = await memoryLog()
    await put(log, sendsOf(20))
    const channel = await start(log, {
      mayStill: async send => {
        if (Number(send.decisionId.slice(1)) % 2 === 1) await put(log, [cancelOf(send)])
        return 'allowed'
      },
    })
    await until(() => channel.counts(), expect.objectContaining({ delivered: 10, cancelled: 10, held: 0 }))
    expect(calledKeys().every(key => Number(key.slice(1, -2)) % 2 === 0)).toBe(true)
  })

  test('one for a send that waits for its time ends the waiting', async () => {
    const log = await memoryLog()
    const waiting = sendOf(2, { notBefore: noon + 1000 })
    await put(log, [waiting])
    const channel = await start(log)
    await until(() => channel.counts().held, 1)
    await put(log, [cancelOf(waiting)])
    await until(() => channel.counts(), expect.objectContaining({ cancelled: 1, held: 0 }))
    expect(receiver.requests).toEqual([])
    expect(await receiptsIn(log)).toEqual([])
  })

  test('one between two tries stops the next', async () => {
    const log = await memoryLog()
    receiver.answer = respond(503)
    const clock = handClock()
    await put(log, [sendOf(1)])
    const channel = await start(log, { clock })
    await until(() => clock.slept.length, 1)
    await put(log, [cancelOf(sendOf(1))])
    await until(() => channel.counts(), expect.objectContaining({ cancelled: 1, held: 0 }))
    expect(receiver.requests).toHaveLength(1)
  })

  test('a no to the question just before the call gives the contact back, with its reason', async () => {
    const log = await memoryLog()
    await put(log, sendsOf(4))
    const mayStill = async ({ personId }: { personId: string }) => (personId === 'p2' ? 'consent-withdrawn' : 'allowed')
    const channel = await start(log, { mayStill })
    await until(() => channel.counts(), expect.objectContaining({ delivered: 3, refused: 1, rejected: 1, held: 0 }))
    expect(receiver.taken.has('d2/0')).toBe(false)
    expect((await receiptsIn(log)).find(({ kind }) => kind === 'rejected')).toMatchObject({
      decisionId: 'd2',
      source: 'email: consent-withdrawn',
    })
  })

  test('as long as there is no answer to the question, there is no call', async () => {
    const log = await memoryLog()
    await put(log, [sendOf(1)])
    let asked = 0
    const mayStill = async () => {
      if (++asked < 3) throw new Error('the store is away')
      return 'allowed'
    }
    const channel = await start(log, { mayStill, clock: swiftClock() })
    await until(() => channel.counts().delivered, 1)
    expect([asked, receiver.requests.length]).toEqual([3, 1])
  })
})

describe('time', () => {
  test('a send waits for its time, holds up no other of its person, and is dropped with a receipt when it is too late', async () => {
    const log = await memoryLog()
    const clock = handClock()
    await put(log, [
      sendOf(1, { notBefore: noon + 5000 }),
      sendOf(2, { personId: 'p1' }),
      sendOf(3, { expiresAt: noon }),
      sendOf(5, { notBefore: noon + 5000, expiresAt: noon + 4000 }),
    ])
    const channel = await start(log, { clock })
    await until(() => channel.counts(), expect.objectContaining({ delivered: 1, expired: 1, held: 2 }))
    clock.advance(4999)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(calledKeys()).toEqual(['d2/0'])
    clock.advance(1)
    await until(() => channel.counts(), expect.objectContaining({ delivered: 2, expired: 2, rejected: 2, held: 0 }))
    expect(calledKeys()).toEqual(['d2/0', 'd1/0'])
    expect((await receiptsIn(log)).filter(({ source }) => source === 'email: expired')).toHaveLength(2)
  })

  test('a wait outlives a restart, and the partition goes on meanwhile', async () => {
    const log = await memoryLog(1)
    const clock = handClock()
    await put(log, [sendOf(0, { notBefore: noon + 5000 }), ...sendsOf(50, 1)])
    const first = await start(log, { clock })
    await until(() => first.counts().delivered, 50)
    await first.stop()
    clock.advance(5000)
    const second = await start(log, { clock })
    await until(() => second.counts().delivered, 1)
    expect(receiver.requests).toHaveLength(51)
  })

  test('a person’s sends keep their order through failures, and others do not wait for them', async () => {
    const log = await memoryLog(1)
    const ofOne = Array.from({ length: 5 }, (_, i) => sendOf(i, { personId: 'p1' }))
    await put(log, [...ofOne, ...sendsOf(20, 10)])
    const clock = handClock()
    receiver.answer = (request, response, take) =>
      request.key === 'd1/0' && !receiver.requests.slice(0, -1).some(({ key }) => key === 'd1/0')
        ? respond(503)(request, response, take)
        : accept(request, response, take)
    const channel = await start(log, { clock })
    await until(() => channel.counts().delivered, 21)
    expect(receiver.taken.has('d2/0')).toBe(false)
    clock.advance(1000)
    await until(() => channel.counts().delivered, 25)
    const order = calledKeys().filter(key => Number(key.slice(1, -2)) < 10)
    expect(order).toEqual(['d0/0', 'd1/0', 'd1/0', 'd2/0', 'd3/0', 'd4/0'])
  })
})

describe('failures', () => {
  test('a service that is not available is tried as often as set, with longer and longer rests, then given up', async () => {
    const log = await memoryLog()
    const clock = swiftClock()
    receiver.answer = respond(503)
    await put(log, [sendOf(1)])
    const channel = await start(log, { clock, triesMax: 6, backoffMs: 100, backoffMaxMs: 1000 })
    await until(() => channel.counts(), expect.objectContaining({ deadLetters: 1, retries: 5, held: 0 }))
    expect(receiver.requests).toHaveLength(6)
    expect(new Set(calledKeys())).toEqual(new Set(['d1/0']))
    expect(clock.slept).toEqual([100, 200, 400, 800, 1000])
    expect(await lettersIn(log)).toMatchObject([
      { position: { topic: 'sends.email', partition: 1, offset: 0 }, reason: 'gave-up', detail: 'http-503', at: noon },
    ])
    expect(await receiptsIn(log)).toMatchObject([{ kind: 'rejected', source: 'email: gave-up' }])
  })

  test('one that asks for a rest gets it', async () => {
    const log = await memoryLog()
    const clock = swiftClock()
    receiver.answer = respond(429, { 'retry-after': '90' })
    await put(log, [sendOf(1)])
    const channel = await start(log, { clock, triesMax: 2 })
    await until(() => channel.counts().deadLetters, 1)
    expect(clock.slept).toEqual([90_000])
  })

  test('where the last outcome is unknown, giving up does not give the contact back', async () => {
    const log = await memoryLog()
    receiver.answer = stall
    await put(log, sendsOf(2))
    const channel = await start(log, { clock: swiftClock(), triesMax: 2, callTimeoutMs: 30 })
    await until(() => channel.counts(), expect.objectContaining({ deadLetters: 2, retries: 2, held: 0 }))
    expect(await lettersIn(log)).toMatchObject([{ reason: 'outcome-unknown', detail: 'timeout' }, {}])
    expect(await receiptsIn(log)).toEqual([])
    expect(receiver.requests).toHaveLength(4)
  })

  test('a timeout at a provider without keys is the end: one call, one dead letter', async () => {
    const log = await memoryLog()
    receiver.answer = stall
    await put(log, [sendOf(1)])
    const channel = await start(log, { provider: hook(false), clock: swiftClock(), callTimeoutMs: 30 })
    await until(() => channel.counts().deadLetters, 1)
    expect(receiver.requests).toHaveLength(1)
    expect(await lettersIn(log)).toMatchObject([{ reason: 'outcome-unknown', detail: 'timeout' }])
  })

  test('a record that holds no send is a dead letter, and its neighbours are delivered', async () => {
    const log = await memoryLog(1)
    const broken = [Buffer.from('{}'), Buffer.from([0, 0, 0, 0, 1]), Buffer.alloc(0)]
    for (const [i, value] of broken.entries()) {
      await put(log, [sendOf(i)])
      await log.append([{ topic: 'sends.email', partition: 0, key: 'x', value, timestamp: noon }])
    }
    const channel = await start(log)
    await until(() => channel.counts(), expect.objectContaining({ delivered: 3, deadLetters: 3 }))
    expect((await lettersIn(log)).map(({ reason, position }) => [reason, position.offset])).toEqual([
      ['bad-frame', 1],
      ['unknown-schema', 3],
      ['bad-frame', 5],
    ])
  })

  test('whoever takes the partitions over fences the one before, and both together deliver once', async () => {
    const log = await memoryLog()
    await put(log, sendsOf(200))
    receiver.answer = (request, response, take) =>
      accept(request, response, receiver.taken.has(request.key) ? () => undefined : take)
    const first = await start(log, { inFlightMax: 4 })
    await until(() => receiver.requests.length > 20, true)
    const second = await start(log, { inFlightMax: 4 })
    await expect(first.finished).rejects.toMatchObject({ code: 'fenced' })
    await until(() => first.counts().delivered + second.counts().delivered >= 200 && second.counts().held, 0)
    expect(receiver.taken).toEqual(takenOnce(200))
    expect(await receiptsIn(log)).toHaveLength(200)
  })

  test('a topic that is missing, or a later version’s notes, are told before the first call', async () => {
    const log = await memoryLog()
    const start = (channel: 'sms' | 'email') =>
      startChannel({ log, channel, provider: hook() }).catch((error: ConnectorError) => error.code)
    expect(await start('sms')).toBe('unknown-topic')
    const owner = await log.takeOver({ subTopology: 'channels', topic: 'sends.email', partition: 1 })
    await log.commit([{ owner, position: 0, outputs: [], changelog: [], head: Buffer.from('2') }])
    expect(await start('email')).toBe('channel-version')
  })
})

describe('a stalled provider', () => {
  test('holds so many sends in memory and in flight, no more, loses none, and leaves other channels alone', async () => {
    const log = await memoryLog(4, ['email', 'sms'])
    const other = await startReceiver()
    receiver.answer = stall
    await put(log, sendsOf(1500))
    const email = await start(log, { inFlightMax: 8, heldMax: 40, callTimeoutMs: 60_000 })
    await until(() => receiver.requests.length, 8)
    const sms = await start(log, { channel: 'sms', provider: hook(true, other) })
    await put(log, sendsOf(500, 5000), 'sms')
    await until(() => sms.counts().delivered, 500)
    expect(other.taken.size).toBe(500)
    expect(email.counts()).toMatchObject({ delivered: 0, inFlight: 8, held: 40 })
    expect(receiver.requests).toHaveLength(8)
    await email.stop()
    receiver.answer = accept
    let heldMax = 0
    let inFlightMax = 0
    const counting = (request: Parameters<typeof accept>[0], ...rest: [any, any]) => {
      heldMax = Math.max(heldMax, recovered?.counts().held ?? 0)
      inFlightMax = Math.max(inFlightMax, recovered?.counts().inFlight ?? 0)
      accept(request, ...rest)
    }
    receiver.answer = counting
    let recovered: RunningChannel | undefined
    recovered = await start(log, { inFlightMax: 8, heldMax: 40 })
    await until(() => recovered.counts(), expect.objectContaining({ delivered: 1500, held: 0 }))
    expect(receiver.taken).toEqual(takenOnce(1500))
    expect([heldMax, inFlightMax]).toEqual([40, 8])
    await other.close()
  })
})

describe('stopping', () => {
  test('waits for calls under way, begins none, and the next start delivers the rest', async () => {
    const log = await memoryLog()
    await put(log, sendsOf(50))
    const answers: (() => void)[] = []
    receiver.answer = (request, response, take) => answers.push(() => accept(request, response, take))
    const channel = await start(log, { inFlightMax: 4, stopTimeoutMs: 5000 })
    await until(() => answers.length, 4)
    const stopped = channel.stop()
    for (const answer of answers) answer()
    await stopped
    await channel.finished
    expect(channel.counts()).toMatchObject({ delivered: 4, inFlight: 0, held: 0 })
    expect(receiver.requests).toHaveLength(4)
    receiver.answer = accept
    const next = await start(log)
    await until(() => next.counts().delivered, 46)
    expect(receiver.taken).toEqual(takenOnce(50))
    expect(receiver.requests).toHaveLength(50)
  })

  test('breaks off calls that do not end in time; even one that heeds no signal', async () => {
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
    const channel = await start(log, { provider: deaf, callTimeoutMs: 60_000 })
    await until(() => calls, 2)
    await channel.stop()
    const next = await start(log)
    await until(() => next.counts().delivered, 2)
    expect(await receiptsIn(log)).toHaveLength(2)
  })
})
