// @module-tag broker
// @module-tag slow

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Cluster } from '../../connectors/kafka/cluster.ts'
import { kafkaClient } from '../../connectors/kafka/kafka-client.ts'
import { type KafkaLog, openKafkaLog } from '../../connectors/kafka/kafka-log.ts'
import { openFileRegistry } from '../../connectors/registry/file-registry.ts'
import { topics } from '../../schemas/topics.ts'
import { decodeValue, encodeValue } from '../../schemas/wire.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { topicRecords } from '../../topology/log/log-reader.ts'
import type { TaskEvent } from '../../topology/runtime/task-loop.ts'
import { Worker } from '../../topology/runtime/worker.ts'
import { apply, type DeployTarget, planChanges, refusedChanges } from './apply.ts'
import { skippedRecords } from './skipped-record.ts'
import { small, smallTopology } from './test/small-application.ts'

const broker = inject('broker')
const brokers = 'lacks' in broker ? [] : broker.brokers.split(',')
const folder = mkdtempSync(join(tmpdir(), 'joai-positions-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function keysOf(log: KafkaLog, topic: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of topicRecords(log, topic)) keys.push(key)
  return keys
}

describe.skipIf('lacks' in broker)('a task that its log contradicts', () => {
  let place: DeployTarget
  let cluster: Cluster
  const connection = { brokers, clientId: 'positions' }
  const admin = kafkaClient(connection).admin()
  beforeAll(async () => {
    place = { connection, registry: await openFileRegistry(folder), replication: 1, principals: new Map() }
    cluster = await Cluster.connect(connection)
    await admin.connect()
  })
  afterAll(async () => {
    await admin.disconnect()
    await cluster?.close()
  })

  /** A small application on the broker: each line that is written becomes a word, and each word a count. */
  async function deployed() {
    const app = `p${randomUUID().slice(0, 8)}`
    // Of the kind and retention that other tests use, because all share one topic of dead letters.
    const options = { kind: 'live', partitions: 1 } as const
    const { built, lines } = smallTopology(app)
    const planned = (allowed: readonly string[] = []) =>
      planChanges(small(app, options), place, skippedRecords(allowed))
    await apply(await planned(), place)
    const open = () => openKafkaLog({ ...connection, app })
    const log = await open()
    return {
      app,
      log,
      refused: async (...allowed: readonly string[]) =>
        refusedChanges((await planned(allowed)).changes, new Set(allowed)).map(({ words }) => words),
      offered: async () => refusedChanges((await planned()).changes, new Set()).map(({ allow }) => allow),
      async allow(...allowed: readonly string[]) {
        const plan = await planned(allowed)
        expect(refusedChanges(plan.changes, new Set(allowed))).toEqual([])
        await apply(plan, place)
        // Other applications share the topic of dead letters, and its settings.
        expect((await planned()).changes.filter(({ what }) => what === 'position')).toEqual([])
      },
      write: (...texts: readonly string[]) =>
        log.append(
          texts.map(text => ({
            topic: lines.name,
            partition: 0,
            key: text,
            value: encodeValue(lines.types.line!, { text }),
            timestamp: 1_700_000_000_000,
          })),
        ),
      /** Runs a worker of its own on these logs. */
      async run(names: readonly string[] = ['lines', 'words']) {
        const own: KafkaLog = await open()
        const seen: TaskEvent[] = []
        const worker = new Worker({
          topology: built,
          log: own,
          store: openMemoryStore(),
          time: 'history',
          idleMs: 1,
          backOffMs: { first: 20, fenced: 20, most: 200 },
          onEvent: event => seen.push(event),
        })
        worker.assign(names.map(name => ({ topic: `${app}-${name}`, partition: 0 })))
        return {
          stops: () => seen.flatMap(event => (event.kind === 'stopped' ? [codeOf(event.error)] : [])),
          async close() {
            await worker.close()
            await own.close()
          },
        }
      },
      counted: () => keysOf(log, `${app}-counts`),
    }
  }

  const codeOf = (error: unknown) => (error as { code?: string }).code ?? String(error)
  const purge = async (topic: string, offset: number) => {
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] })
  }

  test('whose positions the broker forgot goes on from its checkpoint when that is allowed, and counts nothing twice', async () => {
    const one = await deployed()
    await one.write('a', 'b', 'c')
    const first = await one.run()
    await expect.poll(one.counted).toEqual(['a', 'b', 'c'])
    await first.close()
    await admin.deleteGroups([one.app])
    await one.write('d')
    const second = await one.run()
    await expect.poll(second.stops).toEqual(['position-missing', 'position-missing'])
    await second.close()
    const offers = [`offsets:${one.app}-lines`, `offsets:${one.app}-words`]
    expect((await one.offered()).toSorted()).toEqual(offers)
    await one.allow('offsets')
    const third = await one.run()
    await expect.poll(one.counted).toEqual(['a', 'b', 'c', 'd'])
    expect(third.stops()).toEqual([])
    await third.close()
    await one.log.close()
  })

  test('whose position somebody moved goes on from its checkpoint, forwards or back', async () => {
    const one = await deployed()
    await one.write('a', 'b', 'c')
    const first = await one.run()
    await expect.poll(one.counted).toEqual(['a', 'b', 'c'])
    await first.close()
    await one.write('d', 'e')
    for (const offset of ['0', '5']) {
      await admin.setOffsets({ groupId: one.app, topic: `${one.app}-lines`, partitions: [{ partition: 0, offset }] })
      expect(await one.offered()).toEqual([`offsets:${one.app}-lines`])
      await one.allow('offsets')
    }
    const second = await one.run()
    await expect.poll(one.counted).toEqual(['a', 'b', 'c', 'd', 'e'])
    await second.close()
    await one.log.close()
  })

  test('of an input that was deleted and made anew, even under it, says so, and reads the new one from its start when that is allowed', async () => {
    const one = await deployed()
    const topic = `${one.app}-lines`
    await one.write('a', 'b')
    const first = await one.run()
    await expect.poll(one.counted).toEqual(['a', 'b'])
    await cluster.delete([topic])
    expect(await one.offered()).toEqual([`topic:${topic}`])
    await cluster.create(new Map([[topic, { partitions: 1, config: {} }]]), 1)
    await one.log.close()
    const log = await openKafkaLog({ ...connection, app: one.app })
    // More than were read of the old one: an offset alone could not tell.
    await log.append(
      ['v', 'w', 'x', 'y', 'z'].map(text => ({
        topic,
        partition: 0,
        key: text,
        value: encodeValue(smallTopology(one.app).lines.types.line!, { text }),
        timestamp: 1_700_000_000_000,
      })),
    )
    await log.close()
    await expect.poll(first.stops).toEqual(['topic-replaced'])
    await first.close()
    const second = await one.run()
    await expect.poll(second.stops).toEqual(['topic-replaced'])
    await second.close()
    expect(await one.offered()).toEqual([`topic:${topic}`])
    await one.allow(`topic:${topic}`)
    const again = await openKafkaLog({ ...connection, app: one.app })
    const third = await one.run()
    const counted = () => keysOf(again, `${one.app}-counts`)
    await expect.poll(counted).toEqual(['a', 'b', 'v', 'w', 'x', 'y', 'z'])
    expect(third.stops()).toEqual([])
    await third.close()
    await again.close()
  })

  test('that stops before one record is moved past it by hand: the record becomes a dead letter, and nothing else is lost', async () => {
    const one = await deployed()
    const topic = `${one.app}-words`
    await one.write('a', 'b')
    const first = await one.run()
    await expect.poll(one.counted).toEqual(['a', 'b'])
    await one.log.append([
      { topic, partition: 0, key: 'x', value: Buffer.from('of nobody'), timestamp: 1_700_000_000_000 },
    ])
    await expect.poll(first.stops).toEqual(['unreadable-record'])
    await one.write('c')
    await first.close()
    const second = await one.run()
    await expect.poll(second.stops).toEqual(['unreadable-record'])
    await second.close()
    let offset = 0
    for await (const record of topicRecords(one.log, topic)) if (record.key === 'x') offset = record.offset
    expect(await one.refused(`skip:${topic}/0/${offset - 1}`)).toEqual([
      expect.stringContaining(`the next record is at ${offset}`),
    ])
    expect(await one.refused(`skip:nowhere/0/${offset}`)).toEqual(['no task of this application reads it'])
    expect(await one.offered()).toEqual([])
    await one.allow(`skip:${topic}/0/${offset}`)
    const third = await one.run()
    await expect.poll(one.counted).toEqual(['a', 'b', 'c'])
    expect(third.stops()).toEqual([])
    await third.close()
    const letters: unknown[] = []
    for await (const { value } of topicRecords(one.log, topics.deadLetters.name)) {
      const { position, reason, size } = decodeValue(topics.deadLetters.types.letter, value)
      if (position.topic === topic) letters.push({ position, reason, size })
    }
    expect(letters).toEqual([{ position: { topic, partition: 0, offset }, reason: 'skipped', size: 9 }])
    await one.log.close()
  })

  test('whose records were deleted before it folded them tells which, and goes on behind them when that is allowed', async () => {
    const one = await deployed()
    await one.write('a', 'b')
    const first = await one.run()
    await expect.poll(one.counted).toEqual(['a', 'b'])
    await first.close()
    await one.write('c', 'd', 'e')
    const end = await one.log.end(`${one.app}-lines`, 0)
    // An append ends in a marker: the last record, e, stands before it.
    await purge(`${one.app}-lines`, end - 2)
    const second = await one.run()
    await expect.poll(second.stops).toEqual(['out-of-range'])
    await second.close()
    expect(await one.offered()).toEqual([`start:${one.app}-lines`])
    await one.allow('start')
    const third = await one.run()
    await expect.poll(one.counted).toEqual(['a', 'b', 'e'])
    await third.close()
    await one.log.close()
  })

  test.each([[['a']], [[]]])(
    'of an internal log of which records were deleted, after %j, goes on without a gap when that is allowed',
    async before => {
      const one = await deployed()
      if (before.length > 0) {
        await one.write(...before)
        const first = await one.run()
        await expect.poll(one.counted).toEqual(before)
        await first.close()
      }
      // Only the lines are read, so that their words wait.
      const half = await one.run(['lines'])
      const words = `${one.app}-words`
      for (const text of ['b', 'c', 'd']) await one.write(text)
      await expect.poll(async () => (await keysOf(one.log, words)).at(-1)).toBe('d')
      const offsets: number[] = []
      for await (const { offset } of topicRecords(one.log, words)) offsets.push(offset)
      await purge(words, offsets.at(-1)!)
      await half.close()
      const second = await one.run()
      await expect.poll(second.stops).toEqual(['out-of-range'])
      await second.close()
      expect(await one.offered()).toEqual([`start:${words}`])
      await one.allow(`start:${words}`)
      await one.write('e')
      const third = await one.run()
      await expect.poll(one.counted).toEqual([...before, 'd', 'e'])
      expect(third.stops()).toEqual([])
      await third.close()
      await one.log.close()
    },
  )
})
