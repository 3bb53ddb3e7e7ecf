import { describe, expect, test } from 'vitest'
import { verify } from '../audit/verify.ts'
import { openMemoryLog } from '../connectors/embedded/memory-log.ts'
import { releaseHash } from '../operators/release/canonical.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { hours } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { typeOf } from '../schemas/wire.ts'
import { input, TopologyTest } from '../testing/topology-test.ts'
import { journey } from './journey.ts'
import { records } from './log/log-reader.ts'
import { Interrupted } from './replay/history-fold.ts'
import { createTopics } from './replay/history-writer.ts'
import { brittle } from './test/brittle.ts'
import { lawsRelease, randomHistory, secret } from './test/random-history.ts'

const topology = journey({ secret }, brittle)
const history = randomHistory(3, { records: 240, customers: 20 })
const begin = history[0]!.timestamp
const at = history[90]!.timestamp + 1

const version = (n: number, timestamp: number): InputRecord => ({
  ...lawsRelease(text => text.replace(/^version: .*$/m, `version: ${n}`)),
  timestamp,
})
const stopDocument = JSON.stringify({ actionId: 'saver' })
const stop = (timestamp: number) =>
  input(
    topics.control,
    'control',
    { controlId: 'stop/saver', kind: 'stop', document: stopDocument, hash: releaseHash(stopDocument) },
    { key: 'stop/saver', timestamp },
  )

async function ran(controls: readonly InputRecord[], options: { partitions?: number; batch?: number } = {}) {
  const bench = await TopologyTest.open(topology, options)
  const all = [...controls, ...history].sort((a, b) => a.timestamp - b.timestamp)
  await bench.run(all, { until: { multipleOf: hours(6) } })
  return bench
}
const decisionsOf = async (bench: TopologyTest) =>
  (await bench.read(topics.decisions, 'decision')).sort((a, b) => a.timestamp - b.timestamp)
const lettersOf = async (bench: TopologyTest) =>
  (await bench.read(topics.deadLetters, 'letter'))
    .map(({ value }) => value)
    .filter(({ reason }) => reason === 'release-quarantined')
const violationsOf = async (bench: TopologyTest) =>
  (await verify(bench.log)).laws.flatMap(({ violations }) => violations)

describe('a release under which something throws is quarantined', () => {
  const bad = [version(2, begin - 1), version(3, at)]

  test('the release before goes on with that very record, no decision is lost, and it is told in dead letters', async () => {
    const bench = await ran(bad)
    const good = await ran([version(2, begin - 1)])
    const decisions = await decisionsOf(bench)
    const ids = (all: typeof decisions) => all.map(({ value }) => value.decisionId).sort()
    expect(ids(decisions)).toEqual(ids(await decisionsOf(good)))
    const [letter, ...more] = await lettersOf(bench)
    expect(more).toEqual([])
    expect(letter).toMatchObject({
      position: { topic: 'people' },
      detail: expect.stringMatching(/release 'laws', version 3 .* 'brittle' threw: it went on by the one before/),
    })
    const { offset } = letter!.position
    const versions = decisions.map(({ value: { provenance } }) => [provenance.input.offset, provenance.releaseVersion])
    expect(versions.filter(([input]) => input! >= offset).every(([, n]) => n === 2)).toBe(true)
    expect(versions.some(([, n]) => n === 3)).toBe(true)
    expect(await violationsOf(bench)).toEqual([])
  })

  test('the audit accepts the release before only where something says that the one in force threw', async () => {
    const bench = await ran(bad)
    const log = openMemoryLog()
    await createTopics(log, topology, 1)
    for (const [name] of log.topics())
      for await (const record of records(bench.log, name, 0))
        if (name !== topics.people.name || typeOf(topics.people, record.value) !== 'quarantine')
          await log.append([{ topic: name, partition: 0, ...record }])
    const { laws } = await verify(log)
    expect(laws.filter(({ violationCount }) => violationCount > 0).map(({ law }) => law)).toContain(
      'one-decision-per-trigger',
    )
  })

  test('a newer release overtakes it, and an action that was stopped meanwhile stays stopped until then', async () => {
    const later = at + hours(72)
    const bench = await ran([...bad, stop(at + 1), version(4, later)])
    const decisions = await decisionsOf(bench)
    const after = decisions.filter(({ timestamp }) => timestamp > later)
    expect(new Set(after.map(({ value }) => value.provenance.releaseVersion))).toEqual(new Set([4]))
    const between = decisions.filter(({ timestamp }) => timestamp > at + 1 && timestamp < later)
    expect(between.some(({ value }) => value.provenance.releaseVersion === 2)).toBe(true)
    expect(between.filter(({ value }) => value.outcome.actionId === 'saver')).toEqual([])
    expect(after.some(({ value }) => value.outcome.actionId === 'saver')).toBe(true)
    expect(await violationsOf(bench)).toEqual([])
  })

  test('batch sizes, restarts and partitions do not change that', { tags: ['law'] }, async () => {
    const controls = [...bad, stop(at + 1), version(5, at + hours(100))]
    const whole = await ran(controls)
    expect((await lettersOf(whole)).length).toBe(2)
    const hashes = await whole.hashes()
    for (const batch of [7]) expect(await (await ran(controls, { batch })).hashes()).toEqual(hashes)
    expect((await (await ran(controls, { partitions: 5 })).hashes()).decisionsHash).toBe(hashes.decisionsHash)
    expect(await (await restarted(controls)).hashes()).toEqual(hashes)
  })
})

describe('where nothing before it goes on either', () => {
  const first = [version(3, begin - 1)]

  test('the run ends with its code, keeps what was decided, and a later release is folded ahead of what is stuck', async () => {
    const bench = await TopologyTest.open(topology)
    await expect(bench.run([...first, ...history])).rejects.toMatchObject({
      code: 'stuck',
      message: expect.stringContaining("operator 'brittle' failed"),
    })
    const before = await decisionsOf(bench)
    await bench.run([version(4, history.at(-1)!.timestamp + 1)])
    const decisions = await decisionsOf(bench)
    const good = await ran([version(4, begin - 1)])
    expect(decisions.length).toBe((await decisionsOf(good)).length)
    expect(decisions.slice(0, before.length)).toEqual(before)
    expect(new Set(decisions.slice(before.length).map(({ value }) => value.provenance.releaseVersion))).toEqual(
      new Set([4]),
    )
    expect(await violationsOf(bench)).toEqual([])
  })

  test('a stop is folded ahead of what is stuck as well', async () => {
    const bench = await TopologyTest.open(topology)
    await expect(bench.run([version(100, begin - 1), ...history])).rejects.toMatchObject({ code: 'stuck' })
    await bench.run([stop(history.at(-1)!.timestamp + 1)])
    const decisions = await decisionsOf(bench)
    const onEvents = (all: typeof decisions) => all.filter(({ value }) => value.trigger.eventId !== '').length
    expect(onEvents(decisions)).toBe(onEvents(await decisionsOf(await ran([version(2, begin - 1)]))))
    expect(decisions.filter(({ value }) => value.outcome.actionId === 'saver')).toEqual([])
    expect(await violationsOf(bench)).toEqual([])
  })

  test('a release that comes later in the same history overtakes, whatever the batches, restarts and partitions', {
    tags: ['law', 'slow'],
  }, async () => {
    const controls = [...first, version(5, at), stop(at + 1), version(6, at + hours(50))]
    const whole = await ran(controls)
    expect(await violationsOf(whole)).toEqual([])
    const hashes = await whole.hashes()
    for (const batch of [1, 7]) expect(await (await ran(controls, { batch })).hashes()).toEqual(hashes)
    expect((await (await ran(controls, { partitions: 5 })).hashes()).decisionsHash).toBe(hashes.decisionsHash)
    expect(await (await restarted(controls)).hashes()).toEqual(hashes)
  })
})

/** Runs a history that is ended again and again between two commits. */
async function restarted(controls: readonly InputRecord[]): Promise<TopologyTest> {
  const bench = await TopologyTest.open(topology, { batch: 5 })
  const all = [...controls, ...history].sort((a, b) => a.timestamp - b.timestamp)
  const isKilled = (run: Promise<void>) =>
    run.then(
      () => false,
      error => {
        if (!(error instanceof Interrupted)) throw error
        return true
      },
    )
  const interrupt = (life: number) => ({ interrupt: (records: number) => records >= life })
  let alive = await isKilled(bench.run(all, { until: { multipleOf: hours(6) }, ...interrupt(3) }))
  for (let life = 200; alive; life += 150) alive = await isKilled(bench.resume(interrupt(life)))
  return bench
}
