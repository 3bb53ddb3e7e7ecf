import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { nothing } from '../../operators/nothing.ts'
import { operator } from '../../operators/operator.ts'
import { parseRelease } from '../../operators/release/file/parse.ts'
import type { Release } from '../../operators/release/release.ts'
import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import { catalogOf } from '../../schemas/catalog/catalog.ts'
import { Decision } from '../../schemas/generated.ts'
import { type Extension, journey } from '../../topology/journey.ts'
import { readReleaseFile } from '../input/release-file.ts'
import { tryRelease } from './try-release.ts'

const secret = 'the secret of the trials'
const topology = journey({ secret })
const now = Date.UTC(2024, 4, 6, 15)
const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const releaseOf = (text: string): Release => {
  const { release, problems } = parseRelease(text, 'trial.yaml')
  if (release) return release
  throw new Error(problems.map(({ message }) => message).join('\n'))
}
const shop = (action: Readonly<Record<string, unknown>> = {}, more: Readonly<Record<string, unknown>> = {}) =>
  releaseOf(
    stringify({
      release: 'shop',
      version: 1,
      person: { jurisdiction: 'US', country: 'US', timeZone: 'America/New_York' },
      identifiers: { types: [{ type: 'customer_id', priority: 1, limit: 1 }] },
      consent: { regimes: { US: 'opt-out' } },
      triggers: ['order_completed'],
      actions: [{ id: 'thanks', treatments: ['email'], value: 1, ...action }],
      ...more,
    }),
  )

/** Throws on every decision that chose an action, as a bug of an extension would. */
const brittle: Extension = (graph, { decision }) => {
  graph.process(
    operator({
      name: 'brittle',
      input: { decision: Decision },
      output: nothing,
      on: {
        decision({ value }) {
          if (value.outcome.actionId !== null) throw new Error('no action is known here')
          return {}
        },
      },
    }),
    { decision },
  )
}

const examples = readdirSync(new URL('../../examples', import.meta.url)).filter(name => /^[a-z]+\.yaml$/.test(name))

test.each(examples)('the example %s passes its trial', async name => {
  const release = readReleaseFile(fileURLToPath(new URL(`../../examples/${name}`, import.meta.url)))
  const { catalog } = release
  const own = catalog ? journey({ secret, catalog: catalogOf(catalog, builtInEvents) }) : topology
  await expect(tryRelease(release, own, { now, sizeMax: () => 1 << 20 })).resolves.toBeUndefined()
})

test('what is odd but right passes it', async () => {
  const odd = parse(file('operators/release/test/odd-but-right.yaml')) as {
    readonly rules: readonly unknown[]
    readonly numbers: readonly unknown[]
  }
  const suitability = odd.rules.map((when, n) => ({ id: `r${n}`, when: String(when) }))
  for (const value of odd.numbers) await tryRelease(shop({ value }), topology, { now })
  await tryRelease(shop({ suitability }), topology, { now })
})

describe('a release is refused before it is written', () => {
  test('where a decision by it throws, also one that its own rules would seldom allow', async () => {
    const extended = journey({ secret }, brittle)
    const seldom = shop({ eligibility: [{ id: 'never', when: 'event.value > 1e8' }] })
    await expect(tryRelease(seldom, extended, { now })).rejects.toMatchObject({
      code: 'trial-failed',
      message: expect.stringContaining('no action is known here'),
    })
  })

  test('where an ordinary event costs more than its rules may take', async () => {
    const rounds =
      'event.lines.all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, b + c + d + e > 0)))))'
    await expect(
      tryRelease(shop({ suitability: [{ id: 'r', when: rounds }] }), topology, { now }),
    ).rejects.toMatchObject({
      code: 'trial-too-costly',
    })
  })

  test('where it does not fit a topic, and it names both', async () => {
    await expect(
      tryRelease(shop(), topology, { now, sizeMax: topic => (topic === 'people' ? 2000 : undefined) }),
    ).rejects.toMatchObject({ code: 'trial-too-large', message: expect.stringMatching(/'shop'.*'people'.*2000/) })
  })
})
