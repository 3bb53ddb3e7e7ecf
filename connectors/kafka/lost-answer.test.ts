// @module-tag broker

import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { type Cut, CuttingProxy } from '../test/cutting-proxy.ts'
import { codeOf, commitOf, output, task, valuesOf } from '../test/log-fixture-contract.ts'
import { type KafkaLog, openKafkaLog } from './kafka-log.ts'

const broker = inject('broker')

const ways = [
  { way: "the cluster's own way", options: {} },
  { way: 'the first way', options: { transactionVersion: 1 } },
] as const

describe.skipIf('lacks' in broker).each(ways)(
  'a commit in $way of transactions whose answer is lost',
  ({ options }) => {
    let proxy: CuttingProxy
    let log: KafkaLog
    beforeEach(async () => {
      proxy = await CuttingProxy.open((broker as { brokers: string }).brokers.split(',')[0]!)
      const app = `lost-${randomUUID()}`
      log = await openKafkaLog({ brokers: proxy.brokers, clientId: app, app, prefix: `${app}.`, ...options })
      await log.createTopic('in', 4)
      await log.createTopic('out', 2)
    })
    afterEach(async () => {
      await log.close()
      await proxy.close()
    })

    /** Commits once for task 0 and loses the answer. Returns how often the connection was cut. */
    async function lose(where: Cut): Promise<number> {
      const owner = await log.acquire(task(0))
      await log.commit([commitOf(owner, 1, ['first'])])
      let cuts = 0
      proxy.cut = id => {
        if (!id.endsWith('.deciding.in.0')) return null
        cuts++
        return where
      }
      expect(await codeOf(log.commit([commitOf(owner, 2, ['second'])]))).toBe('broker-failed')
      proxy.cut = () => null
      // The owner must not continue as if nothing had happened.
      expect(await codeOf(log.commit([commitOf(owner, 2, ['second'])]))).toBe('fenced')
      return cuts
    }

    test('has succeeded when the broker got it, and the next acquisition says so', async () => {
      expect(await lose('after')).toBe(1)
      expect(await log.acquire(task(0))).toMatchObject({ position: 2, checkpoint: expect.anything() })
      expect(await valuesOf(log, 0)).toEqual(['first', 'second'])
    })

    test('has left nothing when the broker did not get it, and is repeated', async () => {
      expect(await lose('before')).toBe(1)
      const again = await log.acquire(task(0))
      expect(again.position).toBe(1)
      expect(await valuesOf(log, 0)).toEqual(['first'])
      await log.commit([commitOf(again, 2, ['second'])])
      expect(await valuesOf(log, 0)).toEqual(['first', 'second'])
    })

    test('of an append is reported, and delays no reader', async () => {
      proxy.cut = id => (id.includes('.append.') ? 'before' : null)
      expect(await codeOf(log.append([output('lost')]))).toBe('broker-failed')
      proxy.cut = () => null
      await log.append([output('kept')])
      expect(await valuesOf(log, 0)).toEqual(['kept'])
    })
  },
)
