// @module-tag broker

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { codeOf } from '../test/log-fixture-contract.ts'
import { openKafkaLog } from './kafka-log.ts'

const broker = inject('broker')
/** That a log opens at once, and how often each of them tries. */
const [connections, tries] = [6, 6]

/** A broker that is just coming up: of those who come at once it turns one away as often as that tries, and then hears all. */
class ComingUp {
  /** Connections that are there. */
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
    // Who had no answer so far has to come again.
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

  test('what fails leaves no connection behind, which would keep a process that ends', async () => {
    const brokers = [await place.listen()]
    expect(await codeOf(openKafkaLog({ brokers, clientId: 'opening', app: 'opening' }))).toBe('broker-failed')
    await expect.poll(() => place.heard).toBe(connections - 1)
    await expect.poll(() => place.open.size).toBe(0)
  })
})
