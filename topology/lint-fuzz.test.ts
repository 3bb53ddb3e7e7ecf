import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { parseRelease } from '../operators/release/file/parse.ts'
import type { Release } from '../operators/release/release.ts'
import { elements, generatedRelease } from '../operators/release/test/generated-release.ts'
import { hours } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { happens } from '../testing/test/stories.ts'
import { TopologyTest } from '../testing/topology-test.ts'
import { journey } from './journey.ts'
import { controlRecord, releaseControl } from './replay/control-record.ts'

const topology = journey({ secret: 'the secret of the fuzz' })
/** `.ci/long` tries more. */
const count = Number(process.env.JOAI_FUZZ_RELEASES ?? 300)
const firstSeed = Number(process.env.JOAI_FUZZ_SEED ?? 1)
/** Releases that are folded in one history. */
const together = 100
const t0 = Date.UTC(2024, 4, 6, 15)
const line = { productId: 'p', category: 'CHEESE', quantity: 1, value: 4, discount: 0 }
/** Events that lie at the edges of what ingress lets in. */
const edges = [
  { orderId: `${'a'.repeat(54)}!`, value: 5, lines: [line] },
  { orderId: 'a'.repeat(1000), value: 42, lines: Array(400).fill(line) },
  { orderId: '', value: 1e9, discount: -1e9, lines: [] },
]

/** Puts the releases in force one after the other, and lets customers buy under each. */
async function decisionsUnder(releases: readonly Release[]) {
  const bench = await TopologyTest.open(topology)
  const history = releases.flatMap((release, n) => {
    const at = t0 + hours(n)
    const control = controlRecord(releaseControl({ ...release, version: n + 1 }), at)
    return [control, ...edges.map((data, k) => happens(`c${(n + k) % 7}`, 'order_completed', at + k + 1, data))]
  })
  const end = happens('nobody', 'identity_linked', t0 + hours(releases.length + 1), {}, 'the-end')
  await bench.run([...history, end], { until: { multipleOf: 60_000 } })
  return (await bench.read(topics.decisions, 'decision')).map(({ value }) => value)
}

function* numbersIn(value: unknown): Generator<number> {
  if (typeof value === 'number') yield value
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) yield* numbersIn(inner)
}

test(`whatever lint accepts of ${count} generated releases from seed ${firstSeed} on neither throws nor logs a number that is not finite`, async () => {
  const reasons = new Set<string>()
  const seen = new Map<string, number>()
  let accepted = 0
  let decided = 0
  let waiting: Release[] = []

  async function foldWaiting(): Promise<void> {
    const decisions = await decisionsUnder(waiting)
    waiting = []
    decided += decisions.length
    for (const decision of decisions) {
      for (const { removedBy } of decision.candidates) reasons.add(removedBy?.reason ?? 'open')
      for (const number of numbersIn(decision)) if (!Number.isFinite(number)) expect.fail(`in ${decision.decisionId}`)
    }
  }

  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const { file, uses } = generatedRelease(seed)
    const { release, problems } = parseRelease(stringify(file), `seed-${seed}`)
    for (const { message, remedy, line: at } of problems)
      expect([message.length > 0, remedy.length > 0, at > 0], `seed ${seed}: ${message}`).toEqual([true, true, true])
    if (!release) continue
    accepted += 1
    for (const path of uses) seen.set(path, (seen.get(path) ?? 0) + 1)
    waiting.push(release)
    if (waiting.length === together) await foldWaiting()
  }
  await foldWaiting()

  expect(accepted).toBeGreaterThan(count / 3)
  expect(accepted).toBeLessThan(count)
  expect(elements().filter(path => (seen.get(path) ?? 0) < accepted / 100)).toEqual([])
  expect(decided).toBeGreaterThan(accepted)
  expect([...reasons]).toEqual(expect.arrayContaining(['open', 'rule-error', 'not-eligible']))
}, 10_800_000)
