import { expect, test } from 'vitest'
import { topology as parcels } from '../../examples/05-parcels/topology.ts'
import { operator } from '../../operators/operator.ts'
import { schema } from '../../schemas/codec/schema.ts'
import { Tick } from '../../schemas/generated.ts'
import { broadcast, keyed, type RecordType, topic } from '../../schemas/record.ts'
import { ticks } from '../../schemas/topics.ts'
import { table } from '../../state/table.ts'
import { journey } from '../journey.ts'
import { topology } from './builder.ts'
import { plan } from './plan.ts'
import { livePlans, plannedTasks } from './task-plan.ts'
import type { Topology } from './topology.ts'
import { TopologyError } from './topology-error.ts'

interface Visit {
  readonly customer: string
}
const Visit = schema<Visit>({ type: 'record', name: 'Visit', fields: [{ name: 'customer', type: 'string' }] })
const visit = keyed(Visit, ({ customer }) => customer)
const tick: { readonly tick?: RecordType<Tick> } = { tick: broadcast(Tick) }
const absences = topic('absences', 'public', { visit })

const watch = operator({
  name: 'watch',
  input: { visit: Visit },
  output: Visit,
  writes: table('visits', { schema: Visit, empty: { customer: '' } }),
  on: { visit: ({ value, receivedAt }) => ({ row: value, timer: receivedAt + 1 }) },
  timer: (_record, row) => ({ emit: [row] }),
})

const input = (types = tick) => topic('web', 'input', { visit, ...types })
const internal = (types = tick) => topic('keyed', 'internal', { visit, ...types })

/** Wires an operator with a timer to an input itself. */
const direct = (): Topology =>
  topology('direct', graph => {
    const { visit } = graph.source(input(), 'watching')
    graph.sink(absences, { visit: graph.process(watch, { visit }) })
  })

/** Wires an operator with a timer behind a repartition. */
const behind = (from = input(), through = internal()): Topology =>
  topology('behind', graph => {
    const { visit } = graph.source(from, 'keying')
    const keyed = graph.repartition(through, { visit }, 'watching')
    graph.sink(absences, { visit: graph.process(watch, { visit: keyed.visit }) })
  })

const thrown = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(TopologyError)
    return (error as Error).message
  }
  return 'accepted'
}

test('a log that carries ticks is refused if one of its inputs carries none, since its clock would stand still', () => {
  expect(thrown(() => behind(input({})))).toMatch(
    /'keyed' carries ticks, but 'web', from which 'keying' writes it, does not/,
  )
  expect(thrown(() => behind(input({}), internal({})))).toBe('accepted')
})

test('a live application refuses a timer that time cannot reach, and says how to change that', () => {
  expect(thrown(() => livePlans(plan(direct())))).toMatch(
    /'watching' has a timer, .* reads the input 'web' itself; repartition/,
  )
  expect(thrown(() => livePlans(plan(behind(input(), internal({})))))).toMatch(
    /'keyed' carries no ticks; give it a type tick/,
  )
  for (const fine of [behind(), parcels, journey({ secret: 'of a test' })])
    expect(thrown(() => livePlans(plan(fine)))).toBe('accepted')
})

test('in a live application, time reaches the parcels from the log of ticks alone', () => {
  const plans = livePlans(plan(parcels))
  const partitions = new Map([...plans.topics.keys()].map(name => [name, name === ticks.name ? 1 : 2]))
  const tasks = plannedTasks(plans, partitions)
  const tracking = tasks.filter(({ id }) => id.subTopology === 'tracking')
  expect(tracking.map(({ tickSources }) => tickSources)).toEqual([['keying/ticks/0'], ['keying/ticks/0']])
})
