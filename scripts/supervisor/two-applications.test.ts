// @module-tag process
// @module-tag broker
// @module-tag slow

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { KafkaLog } from '../../connectors/kafka/kafka-log.ts'
import { topics } from '../../schemas/topics.ts'
import { decodeValue, typeOf } from '../../schemas/wire.ts'
import { BuiltPackage, lastLine, type Running, root } from '../../testing/test/built-package.ts'
import { journey } from '../../topology/journey.ts'
import { partitionOf } from '../../topology/log/partitioner.ts'
import { randomHistory, secret } from '../../topology/test/random-history.ts'
import { settings } from '../config/config.ts'
import { openClusterLog } from '../logs/cluster.ts'
import { countOf } from '../logs/summary.ts'

const broker = inject('broker')
const release = join(root, 'examples/retail.yaml')
const [event] = randomHistory(5, { records: 50 }).filter(({ topic }) => topic === topics.events.name)

interface Place {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** An application of its own among several on one cluster, live, with one worker. */
class Application {
  readonly #built: BuiltPackage
  readonly #place: Place
  readonly log: KafkaLog
  readonly #worker: Running

  private constructor(built: BuiltPackage, place: Place, log: KafkaLog, worker: Running) {
    this.#built = built
    this.#place = place
    this.log = log
    this.#worker = worker
  }

  static async start(built: BuiltPackage, brokers: string, folder: string): Promise<Application> {
    const prefix = `${randomUUID()}.`
    const data = join(folder, prefix)
    const env = { JOAI_SECRET: secret, JOAI_DATA: data, JOAI_BROKERS: brokers, JOAI_PREFIX: prefix }
    const place = { cwd: folder, env }
    expect(await built.run(['apply', '--partitions', '2'], place)).toMatchObject({ code: 0 })
    const run = ['run', '--port', '0', '--session-timeout-ms', '6000', '--json']
    const worker = await built.start(run, { ...place, until: /"assigned"/ })
    const log = await openClusterLog(settings({ brokers, prefix, data, secret }).config, journey({ secret }))
    return new Application(built, place, log, worker)
  }

  joai(...args: readonly string[]) {
    return this.#built.run(args, this.#place)
  }

  /** The worker drains and ends; what it decided stays. */
  stop() {
    return this.#worker.end('SIGTERM')
  }

  async control(partition: number, offset: number) {
    const [record] = await this.log.read(topics.people.name, partition, offset, 1)
    expect(record!.offset).toBe(offset)
    expect(typeOf(topics.people, record!.value)).toBe('control')
    return decodeValue(topics.people.types.control, record!.value)
  }
}

describe.skipIf('lacks' in broker)('two applications on one cluster', () => {
  let built: BuiltPackage
  let folder: string
  let one: Application
  let other: Application
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'joai-two-'))
    built = BuiltPackage.build()
    const { brokers } = broker as { brokers: string }
    one = await Application.start(built, brokers, folder)
    other = await Application.start(built, brokers, folder)
  })
  afterAll(async () => {
    await Promise.all([one?.log.close(), other?.log.close()])
    rmSync(folder, { recursive: true })
  })

  test('see nothing of each other; a release and a stop answer with their place in each partition', async () => {
    const released = lastLine(await one.joai('release', release, '--json'))
    const places = [0, 1].map(partition => ({ topic: 'people', partition, offset: expect.any(Number) }))
    expect(released.positions).toHaveLength(2)
    expect(released.positions).toEqual(expect.arrayContaining(places))
    for (const { partition, offset } of released.positions)
      expect(await one.control(partition, offset)).toMatchObject({ kind: 'release', hash: released.hash })

    const stopped = lastLine(await one.joai('stop', 'cart_reminder', '--json'))
    expect(stopped).toMatchObject({ actionId: 'R1', positions: expect.arrayContaining(places) })
    for (const { partition, offset } of stopped.positions) {
      expect(offset).toBeGreaterThan(released.positions.find((at: any) => at.partition === partition).offset)
      expect(await one.control(partition, offset)).toMatchObject({ kind: 'stop', document: '{"actionId":"R1"}' })
    }
    expect(await one.joai('stop', 'nothing')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no action 'nothing'/),
    })

    const { topic, key, value } = event!
    await one.log.append([{ topic, key, value, partition: partitionOf(key, 2), timestamp: Date.now() }])
    await expect.poll(() => countOf(one.log, topics.people, 'event')).toBe(1)
    expect(await countOf(other.log, topics.people, 'event')).toBe(0)
    expect(await countOf(other.log, topics.people, 'control')).toBe(0)
    expect(await other.joai('stop', 'R1')).toMatchObject({ code: 2, err: expect.stringMatching(/there is no release/) })

    expect(lastLine(await other.stop())).toMatchObject({ code: 0, restarts: 0 })
    const patient = await other.joai('release', release, '--timeout', '1s')
    expect(patient).toMatchObject({
      code: 3,
      err: expect.stringMatching(/^joai: it is published, but .* \[not-in-effect\]\n$/m),
    })
    const hasty = await other.joai('release', release, '--no-wait')
    expect(hasty).toMatchObject({ code: 0, out: expect.stringMatching(/from its place in each partition on/) })
    expect(lastLine(await one.stop())).toMatchObject({ code: 0, restarts: 0 })
  })
})
