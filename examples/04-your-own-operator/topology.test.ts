import { readFileSync } from 'node:fs'
import { consent, event, releaseFrom, TopologyTest, usualTime } from 'joai/testing'
import { journey, type Topology, topics } from 'joai/topology'
import { expect, test } from 'vitest'
import { lawsRelease, randomHistory } from '../../topology/test/random-history.ts'
import { daily, extension } from './topology.ts'

const secret = 'the secret of an example'
const extended = journey({ secret }, extension)
const history = [lawsRelease(), ...randomHistory(404, { records: 400 })]

async function ran(given: Topology, partitions: number) {
  const bench = await TopologyTest.open(given, { partitions })
  await bench.run(history)
  return { bench, decisions: (await bench.read(topics.decisions, 'decision')).map(({ value }) => value) }
}

test('a decision on an order is counted under its action and day', async () => {
  const grocery = readFileSync(new URL('../grocery.yaml', import.meta.url), 'utf8')
  const identifiers = [{ type: 'household_id', value: 'h1' }]
  const bench = await TopologyTest.open(extended)
  await bench.run([
    releaseFrom(grocery, { at: usualTime - 1 }),
    consent({ channel: 'email' }, { identifiers }),
    event('order_completed', { value: 30 }, { identifiers }),
  ])
  const [decision] = await bench.read(topics.decisions, 'decision')
  const { actionId } = decision!.value.outcome
  const counts = (await bench.read(daily, 'count')).map(({ value }) => value)
  expect(counts).toEqual([{ actionId, day: '2024-01-01', decisions: 1 }])
})

test.each([1, 4])('each action is counted day by day, over all persons, in %i partitions', async partitions => {
  const { bench, decisions } = await ran(extended, partitions)
  const expected: Record<string, number> = {}
  for (const { outcome, time } of decisions) {
    if (outcome.kind === 'DEFER') continue
    const key = `${outcome.actionId} ${new Date(time.decidedAt).toISOString().slice(0, 10)}`
    expected[key] = (expected[key] ?? 0) + 1
  }
  expect(Object.keys(expected).length).toBeGreaterThan(30)
  expect(Math.max(...Object.values(expected))).toBeGreaterThan(2)
  const last = new Map((await bench.read(daily, 'count')).map(({ key, value }) => [key, value.decisions]))
  expect(Object.fromEntries(last)).toEqual(expected)
})

test('the decisions are the same as without it, but for the version of the topology', async () => {
  const chosen = ({ decisions }: Awaited<ReturnType<typeof ran>>) =>
    decisions
      .map(({ decisionId, outcome, time }) => [time.decidedAt, decisionId, outcome.kind, outcome.actionId])
      .sort()
  const alone = await ran(journey({ secret }), 2)
  const beside = await ran(extended, 2)
  expect(chosen(beside)).toEqual(chosen(alone))
  const versions = [alone, beside].map(({ decisions }) => decisions[0]!.provenance.topologyVersion)
  expect(new Set(versions).size).toBe(2)
})
