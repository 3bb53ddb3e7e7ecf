// @module-tag broker

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Cluster } from '../../connectors/kafka/cluster.ts'
import { appendToSmallTopic, readSmallTopic } from '../../connectors/kafka/small-topic.ts'
import { openFileRegistry } from '../../connectors/registry/file-registry.ts'
import { apply, type DeployTarget, planChanges, readDeployment, refusedChanges } from './apply.ts'
import type { Change } from './change.ts'
import type { Deployment } from './deployment.ts'
import { type SmallOptions, small } from './test/small-application.ts'

const broker = inject('broker')
const brokers = 'lacks' in broker ? undefined : broker.brokers
const reason = 'lacks' in broker ? broker.lacks : null
const folder = mkdtempSync(join(tmpdir(), 'joai-deploy-'))
afterAll(() => rmSync(folder, { recursive: true }))

const more = { name: 'more', type: 'string' }
const about = (changes: readonly Change[]) => changes.map(({ what, name }) => `${what} ${name}`)

describe.skipIf(reason !== null)(`a deployment${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  let place: DeployTarget
  let cluster: Cluster
  beforeAll(async () => {
    const connection = { brokers: brokers!.split(','), clientId: 'deploy-test' }
    place = { connection, registry: await openFileRegistry(folder), replication: 1, principals: new Map() }
    cluster = await Cluster.connect(connection)
  })
  afterAll(() => cluster?.close())

  const fresh = () => `t${randomUUID().slice(0, 8)}`
  const planOf = (app: string, options: SmallOptions = {}) => planChanges(small(app, options), place)
  const applied = async (
    app: string,
    options: SmallOptions = {},
    allowed: readonly string[] = [],
  ): Promise<Deployment> => {
    const plan = await planOf(app, options)
    expect(refusedChanges(plan.changes, new Set(allowed))).toEqual([])
    return apply(plan, place)
  }
  const topicsOf = (app: string) =>
    cluster.topics(['lines', 'words', 'counts'].map(name => `${app}-${name}`).concat(`counting.${app}-words-changelog`))

  test('makes topics with the settings that their part needs, and a second one changes nothing', async () => {
    const app = fresh()
    const first = await applied(app)
    expect(first).toMatchObject({ app, kind: 'live', generation: 1 })
    const topics = await topicsOf(app)
    expect([...topics.values()].map(({ partitions }) => partitions)).toEqual([2, 2, 2, 2])
    expect(topics.get(`${app}-lines`)!.config).toMatchObject({
      'message.timestamp.type': 'LogAppendTime',
      'cleanup.policy': 'delete',
      'retention.ms': '86400000',
    })
    expect(topics.get(`${app}-words`)!.config).toMatchObject({ 'message.timestamp.type': 'CreateTime' })
    expect(topics.get(`counting.${app}-words-changelog`)!.config).toMatchObject({ 'cleanup.policy': 'compact' })
    const again = await planOf(app)
    expect(again.changes).toEqual([])
    expect(again.deployed).toEqual(first)
    expect(await readDeployment(place.connection, app)).toEqual(first)
  })

  test('of history keeps the times of its input, and deletes nothing by age', async () => {
    const app = fresh()
    await applied(app, { kind: 'history' })
    const { config } = (await topicsOf(app)).get(`${app}-lines`)!
    expect(config).toMatchObject({ 'message.timestamp.type': 'CreateTime', 'retention.ms': '-1' })
  })

  test('puts a setting back that somebody changed, and leaves what it does not care about', async () => {
    const app = fresh()
    await applied(app)
    const name = `${app}-words`
    await cluster.configure(name, (await topicsOf(app)).get(name)!, { 'retention.ms': '1000', 'segment.ms': '60000' })
    const plan = await planOf(app)
    expect(plan.changes).toEqual([{ what: 'setting', name, words: 'retention.ms: 1000 → 86400000' }])
    await apply(plan, place)
    expect((await topicsOf(app)).get(name)!.config).toMatchObject({ 'retention.ms': '86400000', 'segment.ms': '60000' })
  })

  test('sees the drift of every setting that matters, also of its own notes, and mends it', async () => {
    const app = fresh()
    const prefix = `${app}.`
    const ours = { ...place, connection: { ...place.connection, prefix } }
    const planned = () => planChanges(small(app, { prefix }), ours)
    await apply(await planned(), ours)
    expect((await planned()).changes).toEqual([])
    const settings = await Cluster.connect(ours.connection)
    const drifted = {
      'compression.type': 'zstd',
      'cleanup.policy': 'compact',
      'max.message.bytes': '1000',
      'message.timestamp.before.max.ms': '1000',
      'unclean.leader.election.enable': 'true',
    }
    const more = {
      'message.timestamp.type': 'LogAppendTime',
      'min.insync.replicas': '3',
      'retention.bytes': '1000',
      'retention.ms': '1000',
    }
    const change = async (name: string, config: Record<string, string>) =>
      settings.configure(name, (await settings.topics([name])).get(name)!, config)
    await change(`${app}-words`, { ...drifted, ...more })
    await change('joai-deployment', { ...drifted, 'cleanup.policy': 'delete', 'max.message.bytes': '1000000' })
    const plan = await planned()
    const seen = (name: string) =>
      plan.changes.filter(change => change.name === name).map(({ words }) => words.slice(0, words.indexOf(':')))
    expect(seen(`${app}-words`).toSorted()).toEqual([...Object.keys(drifted), ...Object.keys(more)].toSorted())
    expect(seen('joai-deployment').toSorted()).toEqual(Object.keys(drifted).toSorted())
    expect(refusedChanges(plan.changes, new Set())).toEqual([])
    await apply(plan, ours)
    expect((await planned()).changes).toEqual([])
    await settings.close()
  })

  test('lets an input grow, and refuses more partitions of what is keyed until that is allowed by name', async () => {
    const app = fresh()
    await applied(app)
    await appendToSmallTopic(place.connection, `${app}-counts`, { key: 'old', value: Buffer.from('old') })
    const plan = await planOf(app, { partitions: 3 })
    const stops = refusedChanges(plan.changes, new Set())
    expect(new Set(stops.map(({ allow }) => allow))).toEqual(
      new Set([`partitions:${app}-words`, `partitions:${app}-counts`]),
    )
    expect(about(plan.changes)).toContain(`partitions ${app}-lines`)
    expect(refusedChanges(plan.changes, new Set([`partitions:${app}-words`]))).toHaveLength(1)
    const grown = await applied(app, { partitions: 3 }, ['partitions'])
    expect(grown.generation).toBe(2)
    expect([...(await topicsOf(app)).values()].map(({ partitions }) => partitions)).toEqual([3, 3, 3, 3])
    expect((await planOf(app, { partitions: 3 })).changes).toEqual([])
    const fewer = await planOf(app, { partitions: 2 })
    expect(about(fewer.changes)).toEqual([`partitions ${app}-words`, `partitions ${app}-counts`])
  })

  test('lets somebody add partitions to an input, and gives their tasks a changelog', async () => {
    const app = fresh()
    await applied(app)
    await cluster.grow(`${app}-lines`, 5)
    const plan = await planOf(app)
    expect(plan.changes).toEqual([
      { what: 'partitions', name: `${app}-splitting.${app}-lines-changelog`, words: '2 → 5' },
    ])
    const deployment = await apply(plan, place)
    expect(deployment.topics[`${app}-lines`]!.partitions).toBe(5)
    expect((await planOf(app)).changes).toEqual([])
  })

  test('deletes a topic that is no longer used only when that is allowed by name', async () => {
    const app = fresh()
    await applied(app)
    const plan = await planOf(app, { tells: false })
    expect(refusedChanges(plan.changes, new Set()).map(({ allow }) => allow)).toEqual([`remove:${app}-counts`])
    expect(about(plan.changes)).toContain(`topology sink:${app}-counts@counting`)
    expect((await topicsOf(app)).size).toBe(4)
    const after = await applied(app, { tells: false }, [`remove:${app}-counts`])
    expect(after.generation).toBe(1)
    expect((await topicsOf(app)).size).toBe(3)
  })

  test('does not turn a live application into one of history unless that is allowed', async () => {
    const app = fresh()
    await applied(app)
    const plan = await planOf(app, { kind: 'history' })
    expect(refusedChanges(plan.changes, new Set()).map(({ allow }) => allow)).toContain('kind:history')
    const turned = await applied(app, { kind: 'history' }, ['kind:history', 'remove:ticks'])
    expect(turned).toMatchObject({ kind: 'history', generation: 2 })
  })

  test('gives a new generation to an application whose log somebody deleted', async () => {
    const app = fresh()
    await applied(app)
    await cluster.delete([`${app}-words`])
    const plan = await planOf(app)
    expect(refusedChanges(plan.changes, new Set()).map(({ allow }) => allow)).toEqual([`topic:${app}-words`])
    expect((await applied(app, {}, [`topic:${app}-words`])).generation).toBe(2)
    expect((await topicsOf(app)).size).toBe(4)
  })

  test('does not take the logs of another application', async () => {
    const app = fresh()
    await applied(app)
    const thief = { ...small(app), app: fresh() }
    const { changes } = await planChanges(thief, place)
    const stops = refusedChanges(changes, new Set(changes.map(({ allow }) => allow ?? '')))
    expect(about(stops)).toContain(`topic ${app}-words`)
    expect(about(stops)).not.toContain(`topic ${app}-lines`)
  })

  test('makes nothing when a schema cannot read what its last version wrote', async () => {
    const app = fresh()
    await applied(app)
    const plan = await planOf(app, { fields: [more] })
    expect(refusedChanges(plan.changes, new Set(['schema', app]))).toMatchObject([
      { what: 'schema', name: `${app}-lines-Line`, impossible: true },
    ])
    const fits = await planOf(app, { fields: [{ ...more, default: '' }] })
    expect(about(fits.changes)).toEqual([`schema ${app}-lines-Line`])
  })

  test('shows a renamed table as what it is: one that is lost', async () => {
    const app = fresh()
    await applied(app)
    const renamed = await planOf(app, { table: { name: 'counted' } })
    expect(refusedChanges(renamed.changes, new Set()).map(({ allow }) => allow)).toEqual(['table:seen'])
    const newer = await planOf(app, { table: { name: 'seen', version: 2 } })
    expect(newer.changes.map(({ words }) => words)).toContainEqual(
      expect.stringMatching(/^version 1 → 2: older rows are read as they are met; after a rollback, version 1 reads/),
    )
  })

  test('keeps the schemas of the rows that were ever written, and refuses another one under the same version', async () => {
    const app = fresh()
    await applied(app)
    const raised = await applied(app, { table: { name: 'seen', version: 2, fields: [{ ...more, default: '' }] } })
    expect(raised.tables!.seen).toMatchObject({ version: 2, schemas: { 1: expect.any(String), 2: expect.any(String) } })
    const back = await applied(app)
    expect(back.tables!.seen).toEqual({ ...raised.tables!.seen, version: 1 })
    const other = await planOf(app, { table: { name: 'seen', version: 2 } })
    expect(refusedChanges(other.changes, new Set(['topology', 'table', 'rollback']))).toMatchObject([
      { name: 'table seen', impossible: true, words: expect.stringMatching(/^version 2 has another schema/) },
    ])
  })

  test('gives rights where the cluster checks them, and only those that are missing', async () => {
    const app = fresh()
    const principals = new Map([['worker', `User:${app}`]] as const)
    const plan = await planChanges(small(app), { ...place, principals })
    expect(about(plan.changes).includes(`right User:${app}`)).toBe(plan.checksRights)
    await apply(plan, { ...place, principals })
    expect((await planChanges(small(app), { ...place, principals })).changes).toEqual([])
  })

  test('what is read of a small topic is all of it, in order', async () => {
    const app = fresh()
    await applied(app, { partitions: 1 })
    const { connection } = place
    for (const n of [1, 2, 3])
      await appendToSmallTopic(connection, `${app}-words`, { key: `${n}`, value: Buffer.of(n) })
    const read = await readSmallTopic(connection, `${app}-words`)
    expect(read.map(({ key, value }) => [key, ...value])).toEqual([
      ['1', 1],
      ['2', 2],
      ['3', 3],
    ])
    expect(await readSmallTopic(connection, `${app}-counts`)).toEqual([])
  })

  test('what is read of a small topic is all of it, whatever codec the broker packs it by', async () => {
    const app = fresh()
    await applied(app, { partitions: 1 })
    const { connection } = place
    const name = `${app}-words`
    const codecs = ['gzip', 'snappy', 'lz4', 'zstd', 'uncompressed', 'producer']
    for (const codec of codecs) {
      await cluster.configure(name, (await topicsOf(app)).get(name)!, { 'compression.type': codec })
      await appendToSmallTopic(connection, name, { key: codec, value: Buffer.from(codec.repeat(100)) })
    }
    const read = await readSmallTopic(connection, name)
    expect(read.map(({ key, value }) => [key, String(value)])).toEqual(codecs.map(codec => [codec, codec.repeat(100)]))
  })
})
