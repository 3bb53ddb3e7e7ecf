// @module-tag process
// @module-tag broker
// @module-tag slow

import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { KafkaLog } from '../../connectors/kafka/kafka-log.ts'
import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import { catalogOf } from '../../schemas/catalog/catalog.ts'
import type { DeadLetter, Decision } from '../../schemas/generated.ts'
import { topics } from '../../schemas/topics.ts'
import { BuiltPackage, lastLine, type Running } from '../../testing/test/built-package.ts'
import { journey } from '../../topology/journey.ts'
import { partitionOf } from '../../topology/log/partitioner.ts'
import { settings } from '../config/config.ts'
import { readCatalogFile } from '../input/catalog-file.ts'
import { openClusterLog } from '../logs/cluster.ts'
import { values } from '../logs/summary.ts'

const broker = inject('broker')
const secret = 'the secret of the bank'
const customers = 6

const catalog = (fields: string) => `catalog: bank
version: 1
events:
  card_paid: { fields: { ${fields} } }
identifiers: { customer_no: {}, card_no: {} }
purposes: [service]
channels: [email]
placements: []
`
const catalogs = {
  first: catalog('amount: { type: number, required: true }, shop: { type: text, required: true }, country: text'),
  second: catalog(
    'risk: number, merchant: { type: text, was: [shop], required: true }, amount: { type: number, required: true }',
  ),
}
const release = (version: number, rule: string) => `release: bank
version: ${version}
catalog: bank.catalog.yaml
person: { jurisdiction: DE, country: DE, timeZone: UTC }
identifiers: { types: [{ type: customer_no, priority: 1, limit: 1 }, { type: card_no, priority: 2, limit: 9 }] }
consent: { regimes: { DE: opt-in }, exemptPurposes: [service] }
exploration: { algorithm: epsilon-greedy, epsilon: 0, floor: 0 }
triggers: [card_paid]
features: [{ name: spent, event: card_paid, kind: sum, field: amount, window: 30d }]
actions:
  - { id: call_back, purpose: service, treatments: [email], value: "features.spent + 1.0", applicability: [{ id: a, when: '${rule}' }] }
`

describe.skipIf('lacks' in broker)('a cluster whose types of events change', () => {
  let built: BuiltPackage
  let folder: string
  let log: KafkaLog
  let worker: Running
  let env: Readonly<Record<string, string>>

  const joai = (...args: string[]) => built.run(args, { cwd: folder, env })
  const work = async () => {
    const run = ['run', '--port', '0', '--session-timeout-ms', '6000', '--json']
    worker = await built.start(run, { cwd: folder, env, until: /"assigned"/ })
  }
  const deploy = (version: keyof typeof catalogs) => writeFileSync(join(folder, 'bank.catalog.yaml'), catalogs[version])
  /** Upgrades the workers; their store is lost, so that all rows come back from the changelogs. */
  const workWith = async (version: keyof typeof catalogs) => {
    expect(await worker.end('SIGTERM')).toMatchObject({ code: 0 })
    const data = join(folder, 'data')
    for (const name of readdirSync(data)) if (name.startsWith('state')) rmSync(join(data, name), { recursive: true })
    deploy(version)
    await work()
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'joai-types-'))
    built = BuiltPackage.build()
    const { brokers } = broker as { brokers: string }
    const prefix = `${randomUUID()}.`
    const data = join(folder, 'data')
    writeFileSync(join(folder, 'joai.yaml'), 'catalog: bank.catalog.yaml\n')
    env = { JOAI_SECRET: secret, JOAI_DATA: data, JOAI_BROKERS: brokers, JOAI_PREFIX: prefix, JOAI_CONFIG: 'joai.yaml' }
    deploy('first')
    writeFileSync(join(folder, 'v1.yaml'), release(1, 'event.shop == "casino"'))
    writeFileSync(join(folder, 'v3.yaml'), release(3, 'event.shop == "casino"'))
    writeFileSync(join(folder, 'v2.yaml'), release(2, 'event.merchant == "casino" && has(event.risk)'))
    expect(await joai('apply', '--partitions', '2')).toMatchObject({ code: 0 })
    const words = readCatalogFile(join(folder, 'bank.catalog.yaml'))
    const topology = journey({ secret, catalog: catalogOf(words, builtInEvents) })
    log = await openClusterLog(settings({ brokers, prefix, data, secret }).config, topology)
    await work()
  })
  afterAll(async () => {
    await worker?.end('SIGTERM')
    await log?.close()
    rmSync(folder, { recursive: true })
  })

  /** Each customer pays once; a card that two of them use makes them one person. */
  const allPay = (time: string, data: Readonly<Record<string, unknown>>, isShared = false) =>
    log.append(
      Array.from({ length: customers }, (_, n) => {
        const card = isShared ? [{ type: 'card_no', value: `card${n % 3}` }] : []
        const identifiers = [{ type: 'customer_no', value: `c${n}` }, ...card]
        const event = {
          eventId: `${time}/${n}`,
          type: 'card_paid',
          occurredAt: Date.now(),
          identifiers,
          source: 'core',
        }
        const value = Buffer.from(JSON.stringify({ ...event, data }))
        const key = `c${n}`
        return { topic: topics.events.name, partition: partitionOf(key, 2), key, value, timestamp: Date.now() }
      }),
    )
  /** Waits until each has a decision on what was paid then, and returns what was done, with the version of the release. */
  const outcomesOf = async (time: string) => {
    const onIt = async () => {
      const found: Decision[] = []
      for await (const decision of values<Decision>(log, topics.decisions, 'decision'))
        if (decision.trigger.eventId.startsWith(`${time}/`)) found.push(decision)
      return found
    }
    await expect.poll(async () => (await onIt()).length, { timeout: 60_000 }).toBe(customers)
    return [
      ...new Set((await onIt()).map(({ provenance, outcome }) => `v${provenance.releaseVersion} ${outcome.kind}`)),
    ]
  }

  test('reads for ever what any of them wrote, and proves it from people alone', { timeout: 300_000 }, async () => {
    expect(lastLine(await joai('release', 'v1.yaml', '--json')).positions).toHaveLength(2)
    await allPay('monday', { amount: 10, shop: 'casino', country: 'DE' })
    expect(await outcomesOf('monday')).toEqual(['v1 ACT'])

    // Intake knows the new type before the release does.
    await workWith('second')
    await allPay('tuesday', { amount: 10, merchant: 'casino', risk: 0.5 }, true)
    expect(await outcomesOf('tuesday')).toEqual(['v1 ACT'])
    expect(await joai('release', 'v2.yaml')).toMatchObject({ code: 0 })
    await allPay('wednesday', { amount: 10, merchant: 'casino', risk: 0.5 })
    expect(await outcomesOf('wednesday')).toEqual(['v2 ACT'])

    // The workers go back before the release does: what they write has no risk.
    await workWith('first')
    await allPay('thursday', { amount: 10, shop: 'casino', risk: 0.5 })
    expect(await outcomesOf('thursday')).toEqual(['v2 SILENCE'])
    expect(await joai('release', 'v3.yaml')).toMatchObject({ code: 0 })
    await allPay('friday', { amount: 10, shop: 'casino' })
    expect(await outcomesOf('friday')).toEqual(['v3 ACT'])
    await allPay('saturday', { amount: 10, merchant: 'casino' })
    const reasons: string[] = []
    await expect
      .poll(
        async () => {
          reasons.length = 0
          for await (const { reason } of values<DeadLetter>(log, topics.deadLetters, 'letter')) reasons.push(reason)
          return reasons.length
        },
        { timeout: 60_000 },
      )
      .toBe(customers)
    expect(new Set(reasons)).toEqual(new Set(['missing-field']))

    expect(await worker.end('SIGTERM')).toMatchObject({ code: 0 })
    expect(await joai('verify')).toMatchObject({ code: 0 })
    const proof = await joai('replay', '--from', 'people', '--json')
    expect(proof).toMatchObject({ code: 0 })
    expect(lastLine(proof)).toMatchObject({ equal: true })
  })
})
