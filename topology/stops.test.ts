import { expect, test } from 'vitest'
import { verify } from '../audit/verify.ts'
import { releaseHash } from '../operators/release/canonical.ts'
import { firstCatalog } from '../schemas/catalog/first-catalog.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { hours } from '../schemas/record.ts'
import { sendsOn, topics } from '../schemas/topics.ts'
import { input, TopologyTest } from '../testing/topology-test.ts'
import { journey } from './journey.ts'
import { Interrupted } from './replay/history-fold.ts'
import { lawsRelease, randomHistory, secret } from './test/random-history.ts'

const { channels } = firstCatalog.declaration

const topology = journey({ secret })
const tickMs = hours(6)
const document = JSON.stringify({ actionId: 'saver' })
const stop = { controlId: 'stop/saver', kind: 'stop', document, hash: releaseHash(document) } as const

/** A month in which an action is stopped while most of its sends have no receipt yet. */
function stoppedHistory(seed: number, again = false): { history: InputRecord[]; at: number } {
  const history = randomHistory(seed, { records: 400, customers: 30 })
  const at = history[200]!.timestamp + 1
  const release = { ...lawsRelease(), timestamp: at + hours(48) }
  const changes = [
    input(topics.control, 'control', stop, { key: stop.controlId, timestamp: at }),
    ...(again ? [release] : []),
  ]
  return { history: [lawsRelease(), ...history, ...changes].sort((a, b) => a.timestamp - b.timestamp), at }
}

async function ran(
  history: readonly InputRecord[],
  options: { partitions?: number; batch?: number; cacheRows?: number },
) {
  const bench = await TopologyTest.open(topology, options)
  await bench.run(history, { until: { multipleOf: tickMs } })
  return bench
}

async function sentOf(bench: TopologyTest) {
  const all = (await Promise.all(channels.map(channel => bench.read(sendsOn(channel), 'send')))).flat()
  const cancels = all.filter(({ value }) => value.kind === 'cancel' && value.reason === 'action-stopped')
  return { sent: all.filter(({ value }) => value.kind === 'send'), cancels }
}

test('a stopped action is not sent any more, and waiting sends are cancelled at once', async () => {
  let cancelled = 0
  for (const seed of [1, 2]) {
    const { history, at } = stoppedHistory(seed)
    const bench = await ran(history, { partitions: 3 })
    const { sent, cancels } = await sentOf(bench)
    const ofIt = sent.filter(({ value }) => value.actionId === 'saver')
    expect(ofIt.length).toBeGreaterThan(0)
    expect(ofIt.filter(({ timestamp }) => timestamp > at)).toEqual([])
    expect(sent.some(({ timestamp }) => timestamp > at)).toBe(true)
    expect(cancels.filter(({ timestamp, value }) => timestamp !== at || value.actionId !== 'saver')).toEqual([])
    expect(new Set(cancels.map(({ value }) => value.decisionId)).size).toBe(cancels.length)
    const report = await verify(bench.log)
    expect(report.laws.filter(({ violationCount }) => violationCount > 0)).toEqual([])
    cancelled += cancels.length
  }
  expect(cancelled).toBeGreaterThan(3)
})

test('the next release lifts the stop', async () => {
  const { history, at } = stoppedHistory(2, true)
  const { sent } = await sentOf(await ran(history, {}))
  const later = sent.filter(({ timestamp, value }) => timestamp > at && value.actionId === 'saver')
  expect(later.length).toBeGreaterThan(0)
  expect(later.filter(({ timestamp }) => timestamp < at + hours(48))).toEqual([])
})

test('batch sizes, caches, restarts and partitions do not change that', { tags: ['law'] }, async () => {
  const { history } = stoppedHistory(1)
  const whole = await ran(history, {})
  const hashes = await whole.hashes()
  expect((await sentOf(whole)).cancels.length).toBeGreaterThan(1)
  expect(await (await ran(history, { batch: 1 })).hashes()).toEqual(hashes)
  expect(await (await ran(history, { batch: 7, cacheRows: 0 })).hashes()).toEqual(hashes)
  expect((await (await ran(history, { partitions: 5 })).hashes()).decisionsHash).toBe(hashes.decisionsHash)
  const bench = await TopologyTest.open(topology, { batch: 5, cacheRows: 0 })
  let restarts = 0
  const isKilled = (run: Promise<void>) =>
    run.then(
      () => false,
      error => {
        if (!(error instanceof Interrupted)) throw error
        return true
      },
    )
  const interrupt = (life: number) => ({ interrupt: (records: number) => records >= life })
  let alive = await isKilled(bench.run(history, { until: { multipleOf: tickMs }, ...interrupt(3) }))
  for (let life = 200; alive; life += 150) {
    restarts++
    alive = await isKilled(bench.resume(interrupt(life)))
  }
  expect(restarts).toBeGreaterThan(3)
  expect(await bench.hashes()).toEqual(hashes)
})
