import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verify } from '../../audit/verify.ts'
import { openEmbeddedLog } from '../../connectors/embedded/embedded-log.ts'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import { personIds } from '../../operators/identity/tokens.ts'
import { days, hours, type Time } from '../../schemas/record.ts'
import { population } from '../../simulation/population.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { openStore } from '../../state/stores/open-store.ts'
import type { Store } from '../../state/stores/store.ts'
import { replayed } from '../../testing/test/replayed.ts'
import { journey } from '../../topology/journey.ts'
import type { Log } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'
import { releaseControl } from '../../topology/replay/control-record.ts'
import { createTopics } from '../../topology/replay/history-writer.ts'
import { decisionsHash, hashesOf } from '../../topology/replay/run-hashes.ts'
import { readReleaseFile } from '../input/release-file.ts'
import { singlePartitionTopics } from '../logs/partitions.ts'
import { coverageOf } from './coverage.ts'
import { epochMs, SimulationLoop } from './simulation-loop.ts'

const secret = 'the secret of the living'
const topology = journey({ secret })
const start = Date.UTC(2017, 9, 30, 13)
const nextDay = start + hours(24)
const end = start + days(2.5)
const release = releaseControl(readReleaseFile(resolve(import.meta.dirname, '../../examples/retail.yaml')))

async function open(log: Log, store: Store): Promise<SimulationLoop> {
  await createTopics(log, topology, 2, singlePartitionTopics)
  const people = population('joai', { start, personIdOf: personIds(secret), customers: 300 })
  return SimulationLoop.open({ log, store, topology, population: people, release, start })
}

async function runUntil(loop: SimulationLoop, time: Time): Promise<number[]> {
  const latenciesMs: number[] = []
  while (loop.time < time) latenciesMs.push(...(await loop.epoch()).latenciesMs)
  return latenciesMs
}

describe('a simulation of customers', { tags: ['law'] }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'joai-living-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const log = openMemoryLog()
  const latenciesMs: number[] = []
  let loop: Awaited<ReturnType<typeof open>>
  let hashNextDay: string
  beforeAll(async () => {
    loop = await open(log, openMemoryStore())
    latenciesMs.push(...(await runUntil(loop, nextDay)))
    hashNextDay = await decisionsHash(log)
    latenciesMs.push(...(await runUntil(loop, end)))
  })

  test('every hard case occurs within sixty hours', async () => {
    const coverage = await coverageOf(log)
    for (const [name, count] of Object.entries(coverage)) expect(count, name).toBeGreaterThan(0)
    expect(coverage.quietHourZones).toBeGreaterThanOrEqual(3)
    expect(Object.keys(coverage)).toHaveLength(17)
  })

  test('every decision obeys every law, and each decision on an event has a latency', async () => {
    const report = await verify(log)
    // The release has no experiment with a holdout.
    const tried = report.laws.filter(({ law }) => law !== 'experiments')
    expect(tried.filter(({ checked, violationCount }) => checked === 0 || violationCount > 0)).toEqual([])
    expect(report.ok).toBe(true)
    expect(latenciesMs.length).toBeGreaterThan(1000)
    expect(latenciesMs.every(ms => ms > 0)).toBe(true)
  })

  test('the same seed gives the same decisions, however often the simulation is stopped and started', async () => {
    let time = start
    for (const hoursMore of [0, 1, 7, 0, 13, 100]) {
      time = Math.min(nextDay, time + hours(hoursMore))
      const kept = await openEmbeddedLog(join(folder, 'log'))
      const store = await openStore('rocksdb', join(folder, 'state'))
      const again = await open(kept, store)
      await runUntil(again, time)
      expect(again.time).toBe(time)
      if (time === nextDay) expect(await decisionsHash(kept)).toBe(hashNextDay)
      await store.close()
      await kept.close()
    }
    expect(time).toBe(nextDay)
  })

  test('a replay of the input decides the same', async () => {
    expect(await replayed(log, topology)).toEqual(await loop.betweenEpochs(runner => hashesOf(log, runner)))
  })

  test('no record falls on a tick, so that the time of a send tells its epoch', async () => {
    let checked = 0
    for (const topic of ['events', 'consents', 'receipts', 'reference'])
      for (let partition = 0; partition < log.topics().get(topic)!; partition++)
        for await (const { key, timestamp } of records(log, topic, partition))
          if (key !== '') {
            expect(timestamp % epochMs).not.toBe(0)
            checked++
          }
    expect(checked).toBeGreaterThan(1000)
  })
})
