import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ConnectorError } from '../../../topology/log/log.ts'
import { accept, type Receiver, respond, sendOf, startReceiver } from '../test/fixtures.ts'
import { openWebhook, type WebhookOptions } from './webhook-provider.ts'

let receiver: Receiver

beforeEach(async () => {
  receiver = await startReceiver()
})

afterEach(() => receiver.close())

const options = (changes: Partial<WebhookOptions> = {}): WebhookOptions => ({
  url: receiver.url,
  allowedHosts: [receiver.host],
  allowsLoopbackHttp: true,
  ...changes,
})

const deliver = (changes: Partial<WebhookOptions> = {}, send = sendOf(1), { signal } = new AbortController()) =>
  openWebhook(options(changes)).deliver(send, { signal, mayRepeat: false })

const codeOf = (url: string, changes: Partial<WebhookOptions> = {}): string => {
  try {
    openWebhook(options({ url, ...changes }))
    return 'allowed'
  } catch (error) {
    return (error as ConnectorError).code
  }
}

test('a header that can not be sent is refused by name, without its value', () => {
  expect(() => openWebhook(options({ headers: { authorization: 'hunter2\n' } }))).not.toThrow()
  const broken = () => openWebhook(options({ headers: { authorization: 'hunter2\nx' } }))
  expect(broken).toThrow("the header 'authorization' has a character that HTTP does not allow")
})

describe('what the web service gets', () => {
  test('is the send as JSON, its idempotency key as a header, and what the settings add', async () => {
    expect(await deliver({ headers: { Authorization: 'Bearer secret', 'Content-Type': 'text/plain' } })).toEqual({
      kind: 'delivered',
    })
    const [{ body, headers }] = receiver.requests as [(typeof receiver.requests)[0]]
    const { kind: _, reason: __, ...send } = sendOf(1)
    expect(body).toEqual(send)
    expect(headers).toMatchObject({
      'idempotency-key': 'd1/0',
      'content-type': 'application/json',
      authorization: 'Bearer secret',
    })
  })

  test('a key with other than ASCII characters still becomes a header', async () => {
    await deliver({}, sendOf(1, { idempotencyKey: 'Kauf №1\r\nX-Other: 1' }))
    expect(receiver.requests.map(({ key }) => key)).toEqual(['Kauf%20%E2%84%961%0D%0AX-Other%3A%201'])
  })

  test('never exceeds the limit of the body', async () => {
    const large = sendOf(1, { parameters: { text: 'x'.repeat(2000) } })
    expect(await deliver({ bodyBytesMax: 1000 }, large)).toEqual({ kind: 'rejected', reason: 'oversize' })
    expect(receiver.requests).toEqual([])
  })
})

describe('what its answer means', () => {
  test.each([
    [200, 'delivered'],
    [202, 'delivered'],
    [204, 'delivered'],
    [301, 'rejected'],
    [400, 'rejected'],
    [401, 'rejected'],
    [404, 'rejected'],
    [410, 'rejected'],
    [422, 'rejected'],
    [408, 'failed'],
    [425, 'failed'],
    [429, 'failed'],
    [503, 'failed'],
    [409, 'unknown'],
    [500, 'unknown'],
    [502, 'unknown'],
    [504, 'unknown'],
  ])('%i is %s', async (status, kind) => {
    receiver.answer = respond(status)
    expect(await deliver()).toMatchObject({ kind })
    expect(receiver.requests).toHaveLength(1)
  })

  test('a redirect is not followed, wherever it points', async () => {
    const elsewhere = await startReceiver()
    for (const status of [301, 302, 303, 307, 308])
      for (const location of [elsewhere.url, '/other']) {
        receiver.answer = respond(status, { location })
        expect(await deliver()).toEqual({ kind: 'rejected', reason: 'redirected' })
      }
    expect(elsewhere.requests).toEqual([])
    expect(receiver.requests).toHaveLength(10)
    expect(receiver.requests.every(({ path }) => path === '/sends')).toBe(true)
    await elsewhere.close()
  })

  test('a pause that it asks for is passed on, up to an hour', async () => {
    receiver.answer = respond(429, { 'retry-after': '7' })
    expect(await deliver()).toEqual({ kind: 'failed', reason: 'http-429', retryAfterMs: 7000 })
    receiver.answer = respond(503, { 'retry-after': '999999999' })
    expect(await deliver()).toMatchObject({ retryAfterMs: 3_600_000 })
    receiver.answer = respond(503, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' })
    expect(await deliver()).toEqual({ kind: 'failed', reason: 'http-503' })
  })

  test('an endless answer is not read to its end', async () => {
    let sent = 0
    let isBrokenOff = false
    receiver.answer = (_, response) => {
      response.writeHead(200).once('close', () => {
        isBrokenOff = true
      })
      const chunk = Buffer.alloc(16 * 1024)
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    }
    expect(await deliver()).toEqual({ kind: 'delivered' })
    await expect.poll(() => isBrokenOff).toBe(true)
    expect(sent).toBeLessThan(64 * 1024 * 1024)
  })

  test('the status counts, even when the body never comes', async () => {
    receiver.answer = (_, response) => {
      response.writeHead(200, { 'content-length': '10' })
      response.write('abc')
    }
    const call = new AbortController()
    const answered = () => setImmediate(() => setImmediate(() => call.abort()))
    subscribe('undici:request:headers', answered)
    expect(await deliver({}, sendOf(1), call)).toEqual({ kind: 'delivered' })
    unsubscribe('undici:request:headers', answered)
  })

  test('no answer is a timeout, and after a lost connection the outcome is unknown', async () => {
    const call = new AbortController()
    receiver.answer = () => call.abort()
    expect(await deliver({}, sendOf(1), call)).toEqual({ kind: 'unknown', reason: 'timeout' })
    receiver.answer = (_, response) => response.destroy()
    expect(await deliver()).toEqual({ kind: 'unknown', reason: 'connection-lost' })
  })

  test('a refused connection has delivered nothing', async () => {
    const gone = await startReceiver()
    await gone.close()
    expect(await deliver({ url: gone.url, allowedHosts: [gone.host] })).toEqual({
      kind: 'failed',
      reason: 'not-connected',
    })
  })
})

describe('where it may go', () => {
  test('only to hosts on the list, ports included, by https', () => {
    const allowedHosts = ['hooks.example.com', 'Upper.example.com', 'hooks.example.com:8443']
    const on = (url: string) => codeOf(url, { allowedHosts })
    expect(on('https://hooks.example.com/a')).toBe('allowed')
    expect(on('https://HOOKS.example.com:443/a')).toBe('allowed')
    expect(on('https://upper.example.com/a')).toBe('allowed')
    expect(on('https://hooks.example.com:8443/a')).toBe('allowed')
    for (const url of [
      'https://hooks.example.com:444/',
      'https://example.com/',
      'https://hooks.example.com.evil.net/',
      'https://evil.net/hooks.example.com',
      'https://evil.net#hooks.example.com',
      'https://hooks.example.com./',
      'https://169.254.169.254/',
    ])
      expect([url, on(url)]).toEqual([url, 'host-not-allowed'])
    expect(on('http://hooks.example.com/')).toBe('https-required')
    expect(on('ftp://hooks.example.com/')).toBe('https-required')
    expect(on('https://hooks.example.com@evil.net/')).toBe('bad-url')
    expect(on('https://user:secret@hooks.example.com/')).toBe('bad-url')
    expect(on('hooks.example.com')).toBe('bad-url')
  })

  test('http goes only to this computer, and only when configured', () => {
    const to = (host: string, allowsLoopbackHttp: boolean) =>
      codeOf(`http://${host}/`, { allowedHosts: [host], allowsLoopbackHttp })
    for (const host of ['localhost', '127.0.0.1:8080', '127.9.9.9', '[::1]:1234'])
      expect([to(host, true), to(host, false)]).toEqual(['allowed', 'https-required'])
    for (const host of ['127.0.0.1.evil.net', 'localhost.evil.net', '10.0.0.1', '0.0.0.0'])
      expect([host, to(host, true)]).toEqual([host, 'https-required'])
  })

  test('an address that a treatment names is checked before each call', async () => {
    const other = await startReceiver()
    const to = (url: string) => deliver({ urlParameter: 'hook' }, sendOf(1, { parameters: { hook: url } }))
    expect(await to(`http://${receiver.host}/special`)).toEqual({ kind: 'delivered' })
    expect(await to(other.url)).toEqual({ kind: 'rejected', reason: 'host-not-allowed' })
    expect(await to('http://example.com/')).toEqual({ kind: 'rejected', reason: 'https-required' })
    receiver.answer = accept
    expect(await deliver({ urlParameter: 'hook' })).toEqual({ kind: 'delivered' })
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/special', '/sends'])
    expect(other.requests).toEqual([])
    await other.close()
  })
})
