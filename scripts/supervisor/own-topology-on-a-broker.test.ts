// @module-tag process
// @module-tag broker

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { daily, extension } from '../../examples/04-your-own-operator/topology.ts'
import { lateCounts, located, topology as parcels } from '../../examples/05-parcels/topology.ts'
import { parcelHistory } from '../../examples/test/parcel-history.ts'
import type { Decision } from '../../schemas/generated.ts'
import { days, hours } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { BuiltPackage, lastLine } from '../../testing/test/built-package.ts'
import { journey } from '../../topology/journey.ts'
import { decisionsHash } from '../../topology/replay/run-hashes.ts'
import { beforehand, randomHistory, secret } from '../../topology/test/random-history.ts'
import { countOf, total, values } from '../logs/summary.ts'
import { contentsOf, inOneProcess, killed } from './test/killed-application.ts'

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
    // What the command ingests ends with the day.
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
    const { run, log, joai } = await killed({
      ...{ ...given, built, folder, brokers, secret, flags, runFlags, watched: located, kills },
    })
    const there = async () => (await contentsOf(log, out)).length
    await expect.poll(there, { timeout: 120_000 }).toBe(expected.length)
    expect(await run.metrics()).toMatch(/joai_outputs_total\{topic="late-counts",worker="\d"\} [1-9]/)
    expect(lastLine(await run.end())).toEqual({ code: 0, workers: 2, restarts: kills })

    expect(run.counts.takeovers).toBeGreaterThan(kills)
    expect(expected.filter(text => text.startsWith(located.name)).length).toBeGreaterThan(100 * (kills + 1))
    expect(expected.filter(text => text.startsWith(lateCounts.name)).length).toBeGreaterThan(10 * (kills + 1))
    expect(await contentsOf(log, out)).toEqual(expected)
    expect(await total(log, topics.deadLetters.name)).toBe(0)
    for (const asked of [['verify'], ['replay', '--from', 'people', '--brokers', brokers]])
      expect(await joai(...asked)).toMatchObject({ code: 2, err: expect.stringMatching(/topology of its own/) })
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
    const module = relative(folder, join(built.folder, 'dist/examples/04-your-own-operator/topology.js'))
    writeFileSync(join(folder, 'joai.yaml'), `extension: ./${module}\n`)
    const { run, log, joai } = await killed({
      ...{ ...given, built, folder, brokers, secret, runFlags, watched: topics.decisions, kills },
      settled: log => expect.poll(() => countOf(log, topics.people, 'event')).toBe(customers),
    })
    const there = async () => [
      await countOf(log, topics.decisions, 'decision'),
      (await contentsOf(log, [daily])).length,
    ]
    await expect.poll(there, { timeout: 120_000 }).toEqual([decisions, counts.length])
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

  test('20 kills change nothing of the parcels', { tags: ['slow'] }, () => parcelsUnder(20, ['--standby']))
  test('20 kills change nothing of the decisions and of an extension', { tags: ['slow'] }, () =>
    extensionUnder(20, 2000),
  )
})
