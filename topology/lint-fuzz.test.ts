import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { compiled } from '../operators/release/compiled/compiled-release.ts'
import { parseRelease } from '../operators/release/file/parse.ts'
import type { Release } from '../operators/release/release.ts'
import { decisionStepsMax } from '../operators/release/rules/step-meter.ts'
import { chanceOf } from '../operators/release/test/chance.ts'
import { elements, generatedRelease } from '../operators/release/test/generated-release.ts'
import { firstCatalog } from '../schemas/catalog/first-catalog.ts'
import { hours } from '../schemas/record.ts'
import { sendsOn, topics } from '../schemas/topics.ts'
import { happens } from '../testing/test/stories.ts'
import { TopologyTest } from '../testing/topology-test.ts'
import { journey } from './journey.ts'
import { controlRecord, releaseControl } from './replay/control-record.ts'
import { recordsOf } from './test/generated-records.ts'

const { channels } = firstCatalog.declaration

const secret = 'the secret of the fuzz'
const topology = journey({ secret })
/** `.ci/long` tries more. */
const count = Number(process.env.JOAI_FUZZ_RELEASES ?? 2000)
const firstSeed = Number(process.env.JOAI_FUZZ_SEED ?? 1)
/** Releases that are folded in one history. */
const together = 100
const recordsEach = 3
const t0 = Date.UTC(2024, 4, 6, 15)

/** The reasons that the page of errors has a heading for. */
const documented = new Set(
  [...readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8').matchAll(/^### (.+)$/gm)].map(
    ([, name]) => name!,
  ),
)
const records = recordsOf(secret)
const line = { productId: 'p', category: 'CHEESE', quantity: 1, value: 4, discount: 0 }

/** Puts the releases in force one after the other, and lets generated records come under each. */
async function folded(releases: readonly Release[], seed: number) {
  const chance = chanceOf(seed)
  const bench = await TopologyTest.open(topology)
  const versions = releases.map((release, n) => ({ ...release, version: n + 1 }))
  const history = versions.flatMap((release, n) => {
    const at = t0 + hours(n)
    const generated = Array.from({ length: recordsEach }, (_, k) => records(chance, at + k + 1))
    const order = happens('c0', 'order_completed', at + recordsEach + 1, {
      value: 5 + (n % 9),
      lines: Array(n % 30).fill(line),
    })
    return [controlRecord(releaseControl(release), at), ...generated, order]
  })
  const end = happens('nobody', 'identity_linked', t0 + hours(releases.length + 1), {}, 'the-end')
  await bench.run([...history, end], { until: { multipleOf: 60_000 } })
  const { document, hash } = releaseControl(versions.at(-1)!)
  const last = compiled({ document, hash, stopped: [] })!
  return {
    steps: [last.steps(), last.journeys.steps()],
    decisions: (await bench.read(topics.decisions, 'decision')).map(({ value }) => value),
    letters: (await bench.read(topics.deadLetters, 'letter')).map(({ value }) => value),
    rewards: (await bench.read(topics.rewards, 'reward')).map(({ value }) => value),
    sent: (await Promise.all(channels.map(channel => bench.read(sendsOn(channel), 'send'))))
      .flat()
      .map(({ value }) => value),
  }
}

function* numbersIn(value: unknown): Generator<number> {
  if (typeof value === 'number') yield value
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) yield* numbersIn(inner)
}

/** How often each was seen. */
type Counts = Map<string, number>
const add = (counts: Counts, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)

test(`whatever lint accepts of ${count} generated releases from seed ${firstSeed} on neither throws on generated records, nor exceeds its budget, nor logs a number that is not finite`, async () => {
  const reasons: Counts = new Map()
  const letters: Counts = new Map()
  const seen: Counts = new Map()
  let accepted = 0
  let decided = 0
  let waiting: Release[] = []

  async function foldWaiting(seed: number): Promise<void> {
    const found = await folded(waiting, seed)
    const where = `the ${waiting.length} accepted releases up to seed ${seed}`
    waiting = []
    decided += found.decisions.length
    for (const { reason, detail } of found.letters) {
      add(letters, reason)
      if (reason === 'release-quarantined') expect.fail(`${where}: ${detail}`)
    }
    for (const { candidates } of found.decisions)
      for (const { removedBy } of candidates) add(reasons, removedBy?.reason ?? 'open')
    for (const logged of [...found.decisions, ...found.sent, ...found.rewards])
      for (const number of numbersIn(logged))
        if (!Number.isFinite(number)) expect.fail(`${where}: ${JSON.stringify(logged)}`)
    for (const steps of found.steps) expect(steps, where).toBeLessThanOrEqual(decisionStepsMax)
  }

  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const { file, uses } = generatedRelease(seed)
    // JSON is YAML, and quicker to write and to read.
    const text = seed % 10 === 0 ? stringify(file) : JSON.stringify(file)
    const { release, problems } = parseRelease(text, `seed-${seed}`)
    for (const { message, remedy, line: at } of problems)
      if (message === '' || remedy === '' || at < 1) expect.fail(`seed ${seed}: ${message}`)
    expect(release === null, `seed ${seed}`).toBe(problems.length > 0)
    if (!release) continue
    accepted += 1
    for (const path of uses) add(seen, path)
    waiting.push(release)
    if (waiting.length === together) await foldWaiting(seed)
  }
  await foldWaiting(firstSeed + count)

  expect([...letters.keys()].filter(reason => !documented.has(reason))).toEqual([])
  expect([...reasons.keys()].filter(reason => reason !== 'open' && !documented.has(reason))).toEqual([])
  expect(accepted).toBeGreaterThan(count / 3)
  expect(accepted).toBeLessThan(count)
  expect(elements().filter(path => (seen.get(path) ?? 0) < accepted / 100)).toEqual([])
  expect(decided).toBeGreaterThan(accepted)
  expect([...reasons.keys()]).toEqual(expect.arrayContaining(['open', 'rule-error', 'not-eligible']))
  expect([...letters.keys()]).toEqual(
    expect.arrayContaining(['wrong-type', 'missing-field', 'oversize-list', 'absurd-timestamp']),
  )
  if (process.env.JOAI_FUZZ_RELEASES) console.log({ accepted, decided, reasons, letters })
}, 10_800_000)
