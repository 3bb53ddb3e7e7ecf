import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, test } from 'vitest'
import type { Send } from '../../../schemas/generated.ts'
import { type ChannelOptions, type RunningChannel, startChannel } from '../dispatcher.ts'
import {
  deadLettersIn,
  instantClock,
  manualClock,
  memoryLog,
  put,
  receiptsIn,
  sendOf,
  sendsOf,
} from '../test/fixtures.ts'
import { messageIdOf, openMailServer, type SmtpOptions } from './mail-server.ts'

const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Mailbox {
  readonly port: number
  /** All mails that were taken, with their headers. */
  readonly mails: string[]
  /** How often a mail's text was given, taken or not. */
  texts: number
}

const refusal = (responseCode: number) => Object.assign(new Error('no'), { responseCode })

/** A real mail server on this computer. `onText` decides about a mail: an error refuses it, null takes it. */
async function startServer(
  options: SMTPServerOptions = {},
  onText: (nth: number, mail: string) => Promise<Error | null> = async () => null,
): Promise<Mailbox> {
  const box: Mailbox = { port: 0, mails: [], texts: 0 }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 10,
    onData: async (stream, _session, done) => {
      const nth = ++box.texts
      const mail = await text(stream).catch(() => null)
      // A client that closed the connection in the middle of a text gets no answer.
      if (mail === null) return
      const error = await onText(nth, mail)
      if (!error) box.mails.push(mail)
      done(error)
    },
    ...options,
  })
  server.on('error', () => undefined)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise<void>(resolve => server.close(() => resolve())))
  return Object.assign(box, { port: (server.server.address() as AddressInfo).port })
}

/** Something that listens where a mail server should, and says what it is told to. */
async function startRaw(greet: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => {
    sockets.add(socket.on('error', () => undefined))
    greet(socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>(resolve => server.close(() => resolve()))
  })
  return (server.address() as AddressInfo).port
}

const provider = (port: number, changes: Partial<SmtpOptions> = {}) =>
  openMailServer({
    host: '127.0.0.1',
    port,
    allowsLoopbackPlain: true,
    from: 'The Shop <shop@example.com>',
    addressOf: async ({ addressToken }) => `${addressToken}@example.org`,
    ...changes,
  })

const deliver = (
  port: number,
  changes: Partial<SmtpOptions> = {},
  send: Send = sendOf(1),
  { signal } = new AbortController(),
) => provider(port, changes).deliver(send, { signal, mayRepeat: false })

async function start(port: number, sends: readonly Send[], options: Partial<ChannelOptions> = {}) {
  const log = await memoryLog()
  await put(log, sends)
  const defaults = {
    channel: 'email',
    provider: provider(port),
    clock: instantClock(),
    pollMs: 2,
    stopTimeoutMs: 20,
  } as const
  const channel: RunningChannel = await startChannel({ log, ...defaults, ...options })
  closing.push(() => channel.stop())
  return { log, channel }
}

describe('a mail', () => {
  test('goes to the address behind the token, with a Message-ID that its idempotency key gives', async () => {
    const box = await startServer()
    const { log, channel } = await start(box.port, [...sendsOf(20), sendOf(3)])
    await expect.poll(() => channel.counts().delivered).toBe(20)
    expect(box.mails).toHaveLength(20)
    const ids = box.mails.map(mail => /^Message-ID: (.*)\r$/m.exec(mail)?.[1])
    expect(new Set(ids)).toEqual(new Set(sendsOf(20).map(send => messageIdOf(send, 'shop@example.com'))))
    const third = box.mails.find(mail => mail.includes('Subject: mail 3\r'))
    expect(third).toContain('From: The Shop <shop@example.com>\r')
    expect(third).toContain('To: p3@example.org\r')
    expect(third).toMatch(/\r\n\r\nhello\r\n/)
    expect(await receiptsIn(log)).toHaveLength(20)
  })

  test('with a line break in its subject gets no additional header', async () => {
    const box = await startServer()
    const send = sendOf(1, { parameters: { subject: 'hello\r\nBcc: other@example.org', text: 'x', html: '<b>x</b>' } })
    expect(await deliver(box.port, {}, send)).toEqual({ kind: 'delivered' })
    expect(box.mails[0]).not.toMatch(/^Bcc:/m)
    expect(box.mails[0]).toContain('text/html')
  })

  test('without an address is not sent', async () => {
    const box = await startServer()
    expect(await deliver(box.port, { addressOf: async () => null })).toEqual({ kind: 'rejected', reason: 'no-address' })
    expect(box.texts).toBe(0)
  })
})

describe('what the mail server answers', () => {
  test('5xx to the recipient or the text is a bounce: one try, with a receipt that says so', async () => {
    const box = await startServer(
      { onRcptTo: ({ address }, _, done) => done(address.startsWith('p1@') ? refusal(550) : null) },
      async (_, mail) => (mail.includes('To: p2@') ? refusal(554) : null),
    )
    const { log, channel } = await start(box.port, sendsOf(4))
    await expect.poll(() => channel.counts()).toMatchObject({ delivered: 2, bounced: 2, retries: 0, held: 0 })
    expect(box.texts).toBe(3)
    const bounced = (await receiptsIn(log)).filter(({ kind }) => kind === 'bounced')
    expect(bounced.map(({ decisionId, source }) => [decisionId, source]).sort()).toEqual([
      ['d1', 'email: smtp-550'],
      ['d2', 'email: smtp-554'],
    ])
  })

  test('4xx is tried again until the mail is accepted', async () => {
    let greylisted = 0
    const box = await startServer(
      { onRcptTo: (_, __, done) => done(++greylisted <= 2 ? refusal(450) : null) },
      async nth => (nth === 1 ? refusal(451) : null),
    )
    const { log, channel } = await start(box.port, [sendOf(1)])
    await expect.poll(() => channel.counts()).toMatchObject({ delivered: 1, retries: 3, held: 0 })
    expect([greylisted, box.texts, box.mails.length]).toEqual([4, 2, 1])
    expect(await receiptsIn(log)).toHaveLength(1)
  })

  test('4xx every time is given up, with a dead letter, and the contact is returned', async () => {
    const box = await startServer({}, async () => refusal(452))
    const { log, channel } = await start(box.port, [sendOf(1)], { triesMax: 3 })
    await expect.poll(() => channel.counts()).toMatchObject({ deadLetters: 1, held: 0 })
    expect(box.texts).toBe(3)
    expect(await deadLettersIn(log)).toMatchObject([{ reason: 'gave-up', detail: 'smtp-452' }])
    expect(await receiptsIn(log)).toMatchObject([{ kind: 'rejected' }])
  })

  test('nothing after it has the text: the mail is never sent again, not even by the next process', async () => {
    const box = await startServer({}, nth => (nth <= 2 ? new Promise(() => undefined) : Promise.resolve(null)))
    const callClock = manualClock()
    const { log, channel } = await start(box.port, sendsOf(2), { callClock, callTimeoutMs: 150 })
    await expect.poll(() => box.texts).toBe(2)
    callClock.advance(150)
    await expect.poll(() => channel.counts()).toMatchObject({ deadLetters: 2, held: 0 })
    await channel.stop()
    await put(log, [...sendsOf(2), sendOf(2)])
    const next = await startChannel({ log, channel: 'email', provider: provider(box.port), pollMs: 2 })
    await expect.poll(() => next.counts()).toMatchObject({ delivered: 1, duplicates: 2, held: 0 })
    await next.stop()
    expect(box.texts).toBe(3)
    expect(await deadLettersIn(log)).toMatchObject([{ reason: 'outcome-unknown', detail: 'no-answer' }, {}])
    expect((await receiptsIn(log)).map(({ decisionId }) => decisionId)).toEqual(['d2'])
  })

  test('a refusal of the sender does not count against the address', async () => {
    const sender = await startServer({ onMailFrom: (_, __, done) => done(refusal(550)) })
    expect(await deliver(sender.port)).toEqual({ kind: 'failed', reason: 'smtp-550' })
    const closed = await startRaw(socket => socket.end('554 no service here\r\n'))
    expect(await deliver(closed)).toEqual({ kind: 'failed', reason: 'smtp-554' })
    const login = await startServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_, __, done) => done(null, {}),
    })
    expect(await deliver(login.port, { auth: { user: 'shop', pass: 'wrong' } })).toEqual({
      kind: 'failed',
      reason: 'smtp-535',
    })
    expect(await deliver(login.port)).toEqual({ kind: 'failed', reason: 'smtp-530' })
    expect(login.texts + sender.texts).toBe(0)
  })
})

describe('a mail server that is not there', () => {
  test('or stops answering before it has the text, has delivered nothing', async () => {
    const call = new AbortController()
    const silent = await startRaw(() => call.abort())
    expect(await deliver(silent, {}, sendOf(1), call)).toEqual({ kind: 'failed', reason: 'not-connected' })
    const rude = await startRaw(socket => socket.destroy())
    expect(await deliver(rude)).toEqual({ kind: 'failed', reason: 'not-connected' })
    await closing.pop()!()
    expect(await deliver(rude)).toEqual({ kind: 'failed', reason: 'not-connected' })
  })

  test('is waited for', async () => {
    let calls = 0
    const { port, ...box } = await startServer()
    const flaky = provider(port)
    const { log, channel } = await start(port, [sendOf(1)], {
      provider: {
        ...flaky,
        deliver: (send, call) => (++calls < 3 ? provider(1).deliver(send, call) : flaky.deliver(send, call)),
      },
    })
    await expect.poll(() => channel.counts()).toMatchObject({ delivered: 1, retries: 2, held: 0 })
    expect(box.mails).toHaveLength(1)
    expect(await receiptsIn(log)).toHaveLength(1)
  })
})

describe('a mail in plain text', () => {
  test('never leaves this computer, and is allowed within it only when configured', async () => {
    expect(() => provider(25, { host: 'mail.example.com' })).toThrow(expect.objectContaining({ code: 'tls-required' }))
    const box = await startServer()
    expect(await deliver(box.port, { allowsLoopbackPlain: false })).toMatchObject({ kind: 'failed' })
    expect(box.texts).toBe(0)
  })
})
