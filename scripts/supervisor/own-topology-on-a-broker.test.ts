// @module-tag process
// @module-tag broker

import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { daily, extension } from '../../examples/04-your-own-operator/topology.ts'
import { deliveries, lateCounts, located, topology as parcels, scans } from '../../examples/05-parcels/topology.ts'
import { parcelHistory } from '../../examples/test/parcel-history.ts'
import type { Decision } from '../../schemas/generated.ts'
import { days, hours } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { BuiltPackage, lastLine } from '../../testing/test/built-package.ts'
import { input } from '../../testing/topology-test.ts'
import { journey } from '../../topology/journey.ts'
import { partitionOf } from '../../topology/log/partitioner.ts'
import { decisionsHash } from '../../topology/replay/run-hashes.ts'
import { beforehand, randomHistory, secret } from '../../topology/test/random-history.ts'
import { settings } from '../config/config.ts'
import { openClusterLog } from '../logs/cluster.ts'
import { countOf, recordCount, values } from '../logs/summary.ts'
import { contentsOf, inOneProcess, killed } from './test/killed-application.ts'
import { RunUnderKills } from './test/run-under-kills.ts'

const broker = inject('broker')
const { brokers } = 'lacks' in broker ? { brokers: '' } : broker
const customers = 8

describe.skipIf('lacks' in broker)('on a broker, with two workers that are killed again and again', () => {
  let built: BuiltPackage
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'joai-own-'))
    built = BuiltPackage.build()
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  async function parcelsUnder(kills: number, runFlags: readonly string[] = []): Promise<void> {
    const history = parcelHistory(1951, 60 * (kills + 2))
    // The history that the command ingests ends with the day.
    const midnight = Math.ceil(history[0]!.timestamp / days(1)) * days(1)
    const given = {
      topology: parcels,
      first: history.filter(({ timestamp }) => timestamp < midnight),
      rest: history.filter(({ timestamp }) => timestamp >= midnight),
      tickMs: hours(6),
    }
    const out = [located, lateCounts]
    const expected = await contentsOf(await inOneProcess(given), out)
    const flags = ['--topology', join(built.folder, 'dist/examples/05-parcels/topology.js')]
    const { run, log, joai, untold } = await killed({
      ...{ ...given, built, folder, brokers, secret, flags, runFlags, watched: located, kills },
    })
    const there = async () => (await contentsOf(log, out)).length
    await expect.poll(there).toBe(expected.length)
    expect(await run.metrics()).toMatch(/joai_outputs_total\{topic="late-counts",worker="\d"\} [1-9]/)
    expect(lastLine(await run.end())).toEqual({ code: 0, workers: 2, restarts: kills })

    expect(run.counts.takeovers).toBeGreaterThan(kills)
    expect(expected.filter(text => text.startsWith(located.name)).length).toBeGreaterThan(100 * (kills + 1))
    expect(expected.filter(text => text.startsWith(lateCounts.name)).length).toBeGreaterThan(10 * (kills + 1))
    expect(await contentsOf(log, out)).toEqual(expected)
    expect(await recordCount(log, topics.deadLetters.name)).toBe(0)
    for (const asked of [['verify'], ['replay', '--from', 'people', '--brokers', brokers]])
      expect(await joai(...asked)).toMatchObject({ code: 2, err: expect.stringMatching(/topology of its own/) })
    expect(await untold('verify')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/name its module with --topology/),
    })
    const other =
      /is deployed with topology .*the deployed one has track, count-late; this one has admission, .*--topology.*joai apply/
    expect(await untold('run')).toMatchObject({ code: 2, err: expect.stringMatching(other) })
    await log.close()
  }

  async function extensionUnder(kills: number, records: number, runFlags: readonly string[] = []): Promise<void> {
    const first = beforehand(customers)
    const midnight = Math.ceil(first[0]!.timestamp / days(1)) * days(1)
    const given = {
      topology: journey({ secret }, extension),
      first,
      rest: randomHistory(2026, { records, customers, merges: false }).filter(
        ({ topic, timestamp }) => topic === topics.events.name && timestamp >= midnight,
      ),
      tickMs: hours(6),
    }
    const alone = await inOneProcess(given)
    const decisions = await countOf(alone, topics.decisions, 'decision')
    const counts = await contentsOf(alone, [daily])
    mkdirSync(join(folder, 'extended'), { recursive: true })
    const example = join(built.folder, 'dist/examples/04-your-own-operator/topology.js')
    writeFileSync(join(folder, 'extended/joai.yaml'), `extension: ${relative(join(folder, 'extended'), example)}\n`)
    const env = { JOAI_CONFIG: 'extended/joai.yaml' }
    const { run, log, joai } = await killed({
      ...{ ...given, built, folder, brokers, secret, env, runFlags, watched: topics.decisions, kills },
      settled: log => expect.poll(() => countOf(log, topics.people, 'event')).toBe(customers),
    })
    const there = async () => [
      await countOf(log, topics.decisions, 'decision'),
      (await contentsOf(log, [daily])).length,
    ]
    await expect.poll(there).toEqual([decisions, counts.length])
    expect(lastLine(await run.end())).toEqual({ code: 0, workers: 2, restarts: kills })

    expect(run.counts.takeovers).toBeGreaterThan(kills)
    expect(decisions).toBeGreaterThan(records / 4)
    expect(await decisionsHash(log)).toBe(await decisionsHash(alone))
    expect(await contentsOf(log, [daily])).toEqual(counts)
    let counted = 0
    for await (const { outcome } of values<Decision>(log, topics.decisions, 'decision'))
      if (outcome.kind !== 'DEFER') counted++
    expect(counts).toHaveLength(counted)
    expect(await joai('verify')).toMatchObject({ code: 0, err: '' })
    const proof = lastLine(await joai('replay', '--from', 'people', '--brokers', brokers, '--json'))
    expect(proof).toMatchObject({ equal: true, differences: [], decisionsHash: await decisionsHash(alone) })
    const tail = await joai('tail', daily.name, '--last', '1', '--json')
    expect(lastLine(tail)).toMatchObject({ topic: daily.name, value: { decisions: expect.any(Number) } })
    await log.close()
  }

  test('the parcels come out as in one process', () => parcelsUnder(2), 240_000)
  test(
    'the decisions, and what an extension counts of them, come out as in one process',
    () => extensionUnder(1, 300),
    240_000,
  )

  test('live, the timer of a parcel fires by the time of the broker, and /readyz and the lag tell how it stands', {
    tags: ['slow'],
  }, async () => {
    const prefix = `${randomUUID()}.`
    const data = join(folder, prefix)
    const cwd = folder
    const env = { JOAI_SECRET: secret, JOAI_DATA: data, JOAI_BROKERS: brokers, JOAI_PREFIX: prefix }
    const flags = ['--topology', join(built.folder, 'dist/examples/05-parcels/topology.js')]
    expect(await built.run(['apply', '--partitions', '2', ...flags], { cwd, env })).toMatchObject({ code: 0, err: '' })
    const run = await RunUnderKills.start(
      built,
      { cwd, env },
      '--workers',
      '2',
      '--session-timeout-ms',
      '6000',
      ...flags,
    )
    const log = await openClusterLog(settings({ brokers, prefix, data, secret }).config, parcels)
    const now = Date.now()
    const about = { key: 'p', timestamp: now }
    const scan = input(scans, 'scan', { parcel: 'p', depot: 'Leipzig', isLast: false }, about)
    const delivery = input(deliveries, 'delivery', { parcel: 'p', region: 'north', dueAt: now + 3000 }, about)
    await log.append([scan, delivery].map(record => ({ ...record, partition: partitionOf(record.key, 2) })))
    await expect
      .poll(() => contentsOf(log, [located, lateCounts]))
      .toEqual([
        'late-counts north {"region":"north","parcels":1}',
        'located-scans p {"parcel":"p","depot":"Leipzig","region":"north"}',
      ])
    await run.ready()
    // A tick may have come just now.
    await expect.poll(() => run.metrics()).toMatch(/joai_lag_records\{topic="parcels",partition="\d",worker="\d"\} 0/)
    expect(lastLine(await run.end())).toEqual({ code: 0, workers: 2, restarts: 0 })
    await log.close()
  })
  test('20 kills change nothing of the parcels', { tags: ['slow'] }, () => parcelsUnder(20, ['--standby']))
  test('20 kills change nothing of the decisions and of an extension', { tags: ['slow'] }, () =>
    extensionUnder(20, 2000),
  )
})
