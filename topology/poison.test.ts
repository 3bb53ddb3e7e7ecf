// @module-tag law

import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { verify } from '../audit/verify.ts'
import type { DeadLetter } from '../schemas/generated.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { hours } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { type RunSummary, summarize } from '../scripts/logs/summary.ts'
import { TopologyTest } from '../testing/topology-test.ts'
import { journey } from './journey.ts'
import { records } from './log/log-reader.ts'
import { canary, mixed, poisons } from './test/poison.ts'
import { lawsRelease, randomHistory, secret } from './test/random-history.ts'

const count = 1000
const history = randomHistory(1789, { records: 1500, customers: 12 })
const bad = poisons(history, count)
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const byHash = new Map(bad.map(poison => [hashOf(poison.record.value), poison]))
const inputs = [topics.events, topics.consents, topics.receipts, topics.control]
const partitions = 3

async function ran(input: readonly InputRecord[]): Promise<{ bench: TopologyTest; hash: string; summary: RunSummary }> {
  const bench = await TopologyTest.open(journey({ secret }), { partitions })
  await bench.run([lawsRelease(), ...input], { until: { multipleOf: hours(6) } })
  return { bench, hash: (await bench.hashes()).decisionsHash, summary: await summarize(bench.log) }
}

const byPosition = (letters: readonly { readonly position: DeadLetter['position'] }[]) =>
  letters.toSorted(({ position: a }, { position: b }) =>
    a.topic === b.topic ? a.partition - b.partition || a.offset - b.offset : a.topic < b.topic ? -1 : 1,
  )

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

describe('a thousand poison records among good ones', () => {
  let clean: Awaited<ReturnType<typeof ran>>
  let poisoned: Awaited<ReturnType<typeof ran>>
  /** Lists the dead letters without those of good records, which are there with or without poison. */
  let letters: DeadLetter[]

  beforeAll(async () => {
    clean = await ran(history)
    poisoned = await ran(mixed(history, bad))
    const all = await poisoned.bench.read(topics.deadLetters, 'letter')
    letters = all.map(({ value }) => value).filter(({ reason }) => !['too-late', 'unknown-receipt'].includes(reason))
  })

  test('include many kinds, on every input log and in every partition', () => {
    const perKind = Object.values(tally(bad.map(({ kind }) => kind)))
    expect(perKind.length).toBeGreaterThanOrEqual(40)
    expect(Math.min(...perKind)).toBeGreaterThanOrEqual(6)
    expect(new Set(letters.map(({ position }) => `${position.topic}/${position.partition}`)).size).toBe(
      inputs.length * partitions,
    )
  })

  test('change no decision, no send, no person and no count of the good ones', () => {
    expect(poisoned.hash).toBe(clean.hash)
    const { decisions, timerDecisions, sends, merges, cancellations } = clean.summary
    expect(Math.min(decisions, timerDecisions, sends, merges, cancellations)).toBeGreaterThan(5)
    // Consents that can't be used are no of persons of their own.
    const { consent_unreadable: unread = 0, ...counts } = poisoned.summary.counts
    expect(unread).toBeGreaterThan(50)
    const persons = poisoned.summary.persons - unread
    const deadLetters = poisoned.summary.deadLetters - count
    expect({ ...poisoned.summary, counts, persons, deadLetters }).toEqual(clean.summary)
  })

  test('each become one dead letter, with the reason and the position', async () => {
    const expected: { position: DeadLetter['position']; reason: string }[] = []
    for (const { name: topic } of inputs)
      for (let partition = 0; partition < partitions; partition++)
        for await (const { value, offset } of records(poisoned.bench.log, topic, partition)) {
          const found = byHash.get(hashOf(value))
          if (found) expected.push({ position: { topic, partition, offset }, reason: found.reason })
        }
    expect(expected).toHaveLength(count)
    const told = letters.map(({ position, reason }) => ({ position: { ...position }, reason }))
    expect(byPosition(told)).toEqual(byPosition(expected))
    expect(tally(letters.map(({ reason }) => reason))).toEqual(tally(bad.map(({ reason }) => reason)))
  })

  test('are identified by size and hash if ingress validation refuses them', () => {
    const behind = new Set(['only-blocked-identifiers', 'unknown-identifier-type'])
    const atTheDoor = letters.filter(({ reason }) => !behind.has(reason))
    expect(atTheDoor.length).toBeGreaterThan(800)
    for (const { hash, size } of atTheDoor) expect(byHash.get(hash)?.record.value.length).toBe(size)
  })

  test('leave no personal data in the dead letters', async () => {
    expect(bad.filter(({ record }) => Buffer.from(record.value).includes(canary)).length).toBeGreaterThan(700)
    let bytes = 0
    for (let partition = 0; partition < partitions; partition++)
      for await (const { key, value } of records(poisoned.bench.log, topics.deadLetters.name, partition)) {
        const text = `${key}\n${Buffer.from(value).toString('latin1')}`
        bytes += value.length
        expect(text).not.toContain(canary)
        expect(text).not.toContain('example.org')
      }
    expect(bytes).toBeGreaterThan(100 * count)
  })

  test('leave a log on which every law of the verifier still holds', async () => {
    const { ok, laws } = await verify(poisoned.bench.log)
    expect(laws.filter(({ violationCount }) => violationCount > 0)).toEqual([])
    expect(ok).toBe(true)
  })
})
