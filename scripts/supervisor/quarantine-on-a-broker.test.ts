// @module-tag process
// @module-tag broker
// @module-tag slow

import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { KafkaLog } from '../../connectors/kafka/kafka-log.ts'
import type { DeadLetter, Decision } from '../../schemas/generated.ts'
import { topics } from '../../schemas/topics.ts'
import { event } from '../../testing/builders.ts'
import { brittleModule } from '../../testing/test/brittle-module.ts'
import { BuiltPackage, lastLine, type Running } from '../../testing/test/built-package.ts'
import { journey } from '../../topology/journey.ts'
import { partitionOf } from '../../topology/log/partitioner.ts'
import { brittle } from '../../topology/test/brittle.ts'
import { settings } from '../config/config.ts'
import { openClusterLog } from '../logs/cluster.ts'
import { values } from '../logs/summary.ts'

const broker = inject('broker')
const secret = 'the secret of the quarantine'
const customers = 8

describe.skipIf('lacks' in broker)('a cluster in which something throws under a release', () => {
  let built: BuiltPackage
  let folder: string
  let log: KafkaLog
  let worker: Running
  let env: Readonly<Record<string, string>>
  const lines: string[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'joai-quarantine-'))
    built = BuiltPackage.build()
    const { brokers } = broker as { brokers: string }
    const prefix = `${randomUUID()}.`
    const data = join(folder, 'data')
    writeFileSync(join(folder, 'joai.yaml'), `extension: ${join(built.folder, 'dist/brittle.js')}\n`)
    env = { JOAI_SECRET: secret, JOAI_DATA: data, JOAI_BROKERS: brokers, JOAI_PREFIX: prefix, JOAI_CONFIG: 'joai.yaml' }
    breaksUnder('false')
    for (const n of [1, 2, 4]) {
      const retail = readFileSync(join(built.folder, 'examples/retail.yaml'), 'utf8')
      writeFileSync(join(folder, `v${n}.yaml`), retail.replace(/^version: .*$/m, `version: ${n}`))
    }
    expect(await joai('apply', '--partitions', '2')).toMatchObject({ code: 0 })
    log = await openClusterLog(settings({ brokers, prefix, data, secret }).config, journey({ secret }, brittle))
    await work()
  })
  afterAll(async () => {
    await worker?.end('SIGTERM')
    await log?.close()
    rmSync(folder, { recursive: true })
  })

  const breaksUnder = (condition: string) =>
    writeFileSync(join(built.folder, 'dist/brittle.js'), brittleModule(condition))
  const joai = (...args: string[]) => built.run(args, { cwd: folder, env })
  const work = async () => {
    const run = ['run', '--port', '0', '--session-timeout-ms', '6000', '--json']
    worker = await built.start(run, { cwd: folder, env, until: /"assigned"/, onLine: line => lines.push(line) })
  }
  const workUnder = async (condition: string) => {
    expect(await worker.end('SIGTERM')).toMatchObject({ code: 0 })
    breaksUnder(condition)
    await work()
  }
  /** Each customer buys once more. */
  const allBuy = (time: string) =>
    log.append(
      Array.from({ length: customers }, (_, n) => {
        const identifiers = [{ type: 'customer_id', value: `c${n}` }]
        const bought = event(
          'order_completed',
          { orderId: time },
          { at: Date.now(), identifiers, eventId: `${time}/${n}` },
        )
        return { ...bought, partition: partitionOf(bought.key, 2) }
      }),
    )
  const decided = async (): Promise<readonly Decision[]> => {
    const all: Decision[] = []
    for await (const decision of values<Decision>(log, topics.decisions, 'decision')) all.push(decision)
    return all
  }
  /** Waits until all have a decision on what they bought then, and returns the versions that decided. */
  const versionsOf = async (time: string) => {
    const onIt = async () => (await decided()).filter(({ trigger }) => trigger.eventId.startsWith(`${time}/`))
    await expect.poll(async () => (await onIt()).length, { timeout: 60_000 }).toBe(customers)
    return new Set((await onIt()).map(({ provenance }) => provenance.releaseVersion))
  }

  test('goes on by the release before, and is brought back by a command where nothing goes on', {
    timeout: 300_000,
  }, async () => {
    const released = lastLine(await joai('release', 'v1.yaml', '--json'))
    expect(released.positions).toHaveLength(2)
    await allBuy('monday')
    expect(await versionsOf('monday')).toEqual(new Set([1]))

    expect(await joai('release', 'v2.yaml')).toMatchObject({ code: 0 })
    await workUnder('releaseVersion === 2')
    await allBuy('tuesday')
    expect(await versionsOf('tuesday')).toEqual(new Set([1]))
    await expect.poll(() => lines.some(line => /version 2 .* is quarantined/.test(line))).toBe(true)
    const reasons = new Set<string>()
    for await (const { reason } of values<DeadLetter>(log, topics.deadLetters, 'letter')) reasons.add(reason)
    expect(reasons).toContain('release-quarantined')

    await workUnder('releaseVersion !== 4')
    await allBuy('wednesday')
    await expect
      .poll(() => lines.some(line => line.includes('nothing before it goes on')), { timeout: 60_000 })
      .toBe(true)
    expect(await joai('release', 'v4.yaml')).toMatchObject({ code: 0, err: '' })
    expect(await versionsOf('wednesday')).toEqual(new Set([4]))
    expect(await joai('verify')).toMatchObject({ code: 0 })

    expect(await worker.end('SIGTERM')).toMatchObject({ code: 0 })
    const unseen = await joai('stop', 'R1', '--timeout', '1s')
    expect(unseen).toMatchObject({
      code: 3,
      err: expect.stringMatching(/not in effect on .*people\/0.*\[not-in-effect\]/),
    })
    expect(unseen.err).toContain('people/1')
  })
})
