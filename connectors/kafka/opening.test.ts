// @module-tag broker

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { codeOf } from '../test/log-fixture-contract.ts'
import { openKafkaLog } from './kafka-log.ts'

const broker = inject('broker')
/** The number of connections that a log opens at once, and how often each of them retries. */
const [connections, tries] = [6, 6]

/** A broker that is starting up: it rejects one of several simultaneous connections as often as that retries, then accepts all. */
class ComingUp {
  /** The open connections. */
  readonly open = new Set<Socket>()
  heard = 0
  #refused = 0
  readonly #host: string
  readonly #port: number
  readonly #server = createServer(socket => this.#came(socket))

  constructor(host: string, port: number) {
    this.#host = host
    this.#port = port
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    for (const socket of this.open) socket.destroy()
    this.#server.close()
  }

  #came(socket: Socket): void {
    this.open.add(socket)
    socket.on('close', () => this.open.delete(socket)).on('error', () => undefined)
    if (this.#refused === tries) this.#hear(socket)
    else if (this.#refused > 0) this.#refuse(socket)
    else if (this.open.size === connections) this.#refuse([...this.open][0]!)
  }

  #refuse(socket: Socket): void {
    socket.destroy()
    // A client without an answer has to connect again.
    if (++this.#refused === tries) for (const waiting of this.open) waiting.destroy()
  }

  #hear(socket: Socket): void {
    this.heard++
    const upstream = connect(this.#port, this.#host).on('error', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
    socket.pipe(upstream).pipe(socket)
  }
}

describe.skipIf('lacks' in broker)('opening a log while its broker comes up', () => {
  let place: ComingUp
  beforeEach(() => {
    const [host, port] = (broker as { brokers: string }).brokers.split(',')[0]!.split(':')
    place = new ComingUp(host!, Number(port))
  })
  afterEach(() => place.close())

  test('an opening that fails leaves no connection, which would keep the process alive', async () => {
    const brokers = [await place.listen()]
    expect(await codeOf(openKafkaLog({ brokers, clientId: 'opening', app: 'opening' }))).toBe('broker-failed')
    await expect.poll(() => place.heard).toBe(connections - 1)
    await expect.poll(() => place.open.size).toBe(0)
  })
})
