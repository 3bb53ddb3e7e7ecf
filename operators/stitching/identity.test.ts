// @module-tag law

import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Edge, ReleaseRow, Token } from '../../schemas/generated.ts'
import { identityRules } from '../deciding/active-release.ts'
import { personOf, tokens } from '../identity/tokens.ts'
import { IdentitySimulation, type RulesFor } from '../test/identity-simulation.ts'

const token = tokens('a secret')
const named = (type: string, value: string): Token => token({ type, value })
const types = ['customer_id', 'email_hash', 'device_id']
const limits = { customer_id: 1, email_hash: 2, device_id: 3 }

const release = (limitOf: Readonly<Record<string, number>>): ReleaseRow => {
  const declared = types.map((type, at) => ({ type, priority: at + 1, limit: limitOf[type] ?? 1000, windowMs: null }))
  const document = JSON.stringify({ identifiers: { types: declared, blocked: [] } })
  return { document, hash: document, stopped: [] }
}
const unlimited = release({})
const strict = release(limits)
const always =
  (rules: ReleaseRow): RulesFor =>
  () =>
    rules

/** Finds the identifiers that belong together, as a batch job would. */
function components(sim: IdentitySimulation): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const { tokens } of sim.observed) {
    const together = [...new Set(tokens.flatMap(({ token }) => found.get(token) ?? [token]))]
    for (const token of together) found.set(token, together)
  }
  return found
}

/** Checks what must hold under any limits when no record is left. Uses plain assertions, because there are millions. */
function checkQuiet(sim: IdentitySimulation) {
  strictEqual(sim.counts.rejected, 0)
  const ids = [...components(sim).keys()].map(personOf)
  checkEvents(sim)
  checkVerdicts(sim, ids)
  const current = ids.map(id => sim.current(id))
  for (const id of ids) checkPerson(sim, id, ids.filter((_, at) => current[at] === id).sort())
}

/** Checks that each event ended once, at the person of one of its identifiers. */
function checkEvents(sim: IdentitySimulation) {
  const ends = [...sim.held].flatMap(([id, { events }]) => events.map(eventId => [eventId, id] as const))
  deepStrictEqual(ends.map(([eventId]) => eventId).sort(), sim.observed.map(({ eventId }) => eventId).sort())
  const home = new Map(ends)
  for (const { eventId, tokens } of sim.observed)
    ok(tokens.some(({ token }) => sim.current(personOf(token)) === home.get(eventId)))
}

/** Checks that every offer was answered, and every answer recorded. */
function checkVerdicts(sim: IdentitySimulation, ids: readonly string[]) {
  const rows = ids.map(id => sim.person(id))
  ok(rows.every(({ offer, inbox }) => offer === null && inbox.length === 0))
  const merged = rows.filter(({ to }) => to !== null).length
  strictEqual(sim.changes.filter(({ kind }) => kind === 'merged').length, merged)
  strictEqual(sim.counts.accepted ?? 0, merged)
  strictEqual(sim.changes.length - merged, sim.counts.refused ?? 0)
}

/** Checks that a person has the least id of its members, knows them all, and has a row only if it met another. */
function checkPerson(sim: IdentitySimulation, id: string, mine: readonly string[]) {
  const { members, to, edges } = sim.person(id)
  strictEqual(sim.rows.has(`persons/${id}`), to !== null || mine.length > 1)
  if (to !== null || mine.length === 1) return
  strictEqual(mine[0], id)
  deepStrictEqual(
    members.map(({ token }) => personOf(token)),
    mine,
  )
  ok(edges.length >= mine.length - 1)
}

const pool = [
  ...['1', '2', '3', '4'].map(value => named('customer_id', value)),
  ...['a', 'b', 'c', 'd'].map(value => named('email_hash', value)),
  ...['x', 'y', 'z'].map(value => named('device_id', value)),
]

// .ci/long asks for tens of thousands, from a seed that it prints.
const { JOAI_RUNS = '6', JOAI_SEED = '0' } = process.env
const runs = (nth: number) => ({ numRuns: 420 * Number(JOAI_RUNS), seed: Number(JOAI_SEED) + nth })

const schedules = fc.record({
  partitions: fc.constantFrom(1, 3, 7),
  seed: fc.nat(),
  events: fc.array(fc.uniqueArray(fc.constantFrom(...pool), { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 10,
  }),
})

function settled(partitions: number, seed: number, events: readonly (readonly Token[])[], rulesFor: RulesFor) {
  const sim = new IdentitySimulation(partitions, seed, rulesFor)
  for (const event of events) sim.observe(...event)
  sim.settle()
  checkQuiet(sim)
  return sim
}

test('without limits, any order of arrival and any partitions lead to the persons of a batch union-find', () => {
  const seen = { merges: 0, rekeyed: 0, resent: 0, waited: 0 }
  fc.assert(
    fc.property(schedules, ({ partitions, seed, events }) => {
      // Partitions meet the release at different positions.
      const late: RulesFor = (partition, step) => (step < (seed % 40) + 5 * partition ? identityRules.empty : unlimited)
      const sim = settled(partitions, seed, events, late)
      for (const [token, together] of components(sim))
        strictEqual(sim.current(personOf(token)), together.map(personOf).sort()[0])
      seen.merges += sim.changes.length
      seen.rekeyed += sim.counts.observed! - events.length
      seen.resent += (sim.counts.merge ?? 0) - (sim.counts.linked ?? 0)
      seen.waited += sim.counts.waited!
    }),
    runs(1),
  )
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(300)
})

test('with limits, nobody ever has too many identifiers, and each link that was not made is a refusal on record', () => {
  const seen = { merges: 0, refusals: 0 }
  fc.assert(
    fc.property(schedules, ({ partitions, seed, events }) => {
      const sim = settled(partitions, seed, events, always(strict))
      for (const token of components(sim).keys())
        for (const [type, limit] of Object.entries(limits))
          ok(sim.person(personOf(token)).members.filter(member => member.type === type).length <= limit)
      const refused = sim.changes.filter(({ kind }) => kind === 'refused')
      const onRecord = new Set(refused.flatMap(({ edges }) => edges.map(nameOf)))
      for (const edge of links(sim))
        ok(sim.current(personOf(edge.from)) === sim.current(personOf(edge.to)) || onRecord.has(nameOf(edge)))
      seen.refusals += refused.length
      seen.merges += sim.changes.length - refused.length
    }),
    runs(2),
  )
  expect(seen.merges).toBeGreaterThan(1_000)
  expect(seen.refusals).toBeGreaterThan(1_000)
})

const nameOf = ({ from, to, eventId }: Pick<Edge, 'from' | 'to' | 'eventId'>) => `${eventId}: ${from} ${to}`

/** Lists each event's links: from its identifier of highest priority to the others. */
const links = (sim: IdentitySimulation) =>
  sim.observed.flatMap(({ eventId, tokens }) => {
    const [first, ...others] = tokens.toSorted((a, b) => types.indexOf(a.type) - types.indexOf(b.type))
    return others.map(({ token }) => ({ from: first!.token, to: token, eventId }))
  })

describe('in a hundred orders each', () => {
  const inManyOrders = (name: string, check: (partitions: number, seed: number) => void) =>
    test(name, () => {
      for (let seed = 0; seed < 100; seed++) for (const partitions of [1, 3, 7]) check(partitions, seed)
    })
  const personIn = (sim: IdentitySimulation, { token }: Token) => sim.current(personOf(token))
  const [anna, ben, carl] = [pool[0]!, pool[1]!, pool[2]!]
  const tablet = named('device_id', 'tablet')

  inManyOrders('a tablet shared by a household joins nobody', (partitions, seed) => {
    const events = [[anna, tablet], [ben, tablet], [carl, tablet], [anna], [ben], [carl]]
    const sim = settled(partitions, seed, events, always(strict))
    const customers = [anna, ben, carl].map(customer => personIn(sim, customer))
    expect(new Set(customers).size).toBe(3)
    expect(customers).toContain(personIn(sim, tablet))
    expect(sim.changes.map(({ kind, reason }) => `${kind} ${reason}`).sort()).toEqual([
      'merged ',
      'refused limit:customer_id',
      'refused limit:customer_id',
    ])
  })

  inManyOrders('a mistyped e-mail does not join two strangers', (partitions, seed) => {
    const [mail, phone] = [named('email_hash', 'ann@'), named('device_id', 'phone')]
    const sim = settled(partitions, seed, [[anna, mail], [ben, phone], [mail, phone], [mail]], always(strict))
    expect(personIn(sim, anna)).not.toBe(personIn(sim, ben))
    expect(sim.changes.filter(({ reason }) => reason === 'limit:customer_id')).toHaveLength(1)
  })

  inManyOrders('all offer at once, and one person comes of it', (partitions, seed) => {
    const events = [pool, pool.toReversed(), [anna, carl], [ben, carl], [anna, ben]]
    const sim = settled(partitions, seed, events, always(unlimited))
    const least = pool.map(({ token }) => personOf(token)).sort()[0]
    expect(new Set(pool.map(each => personIn(sim, each)))).toEqual(new Set([least]))
    expect(sim.changes).toHaveLength(pool.length - 1)
  })

  inManyOrders('a person that moved five times keeps what came by any of its names', (partitions, seed) => {
    const chain = pool.toSorted((a, b) => (a.token < b.token ? 1 : -1)).slice(0, 6)
    const sim = new IdentitySimulation(partitions, seed, always(unlimited))
    for (const [at, next] of chain.slice(1).entries()) {
      sim.observe(chain[at]!)
      sim.observe(chain[at]!, next)
      sim.settle()
    }
    sim.observe(chain[0]!)
    sim.settle()
    checkQuiet(sim)
    const path = chain.map(({ token }) => sim.person(personOf(token)).to)
    expect(path).toEqual([...chain.slice(1).map(({ token }) => personOf(token)), null])
    expect(sim.held.get(personOf(chain[5]!.token))?.events).toHaveLength(11)
  })

  inManyOrders('a refused pair is judged again on new evidence, by the release in force then', (partitions, seed) => {
    let rules = strict
    const sim = new IdentitySimulation(partitions, seed, () => rules)
    const meet = () => {
      for (const customer of [anna, ben]) sim.observe(customer, tablet)
      sim.settle()
      checkQuiet(sim)
    }
    meet()
    expect(sim.changes.map(({ kind }) => kind).sort()).toEqual(['merged', 'refused'])
    rules = unlimited
    meet()
    expect(personIn(sim, anna)).toBe(personIn(sim, ben))
  })
})
