import { operator } from '../../operators/operator.ts'
import { type AvroSchema, type Schema, schema } from '../../schemas/codec/schema.ts'
import { Moved, MovedRows } from '../../schemas/generated.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { keyed, topic } from '../../schemas/record.ts'
import { encodeValue } from '../../schemas/wire.ts'
import { values } from '../../scripts/logs/summary.ts'
import { type Table, table } from '../../state/table.ts'
import { topology } from '../graph/builder.ts'
import type { Topology } from '../graph/topology.ts'
import type { Log } from '../log/log.ts'

export interface Purchase {
  readonly id: string
  readonly member: string
  readonly points: number
}
/** Says that two members are the same person. */
export interface Same {
  readonly id: string
  readonly member: string
  readonly other: string
}
export interface Total {
  readonly member: string
  readonly points: number
}

const record = <T>(name: string, ...fields: readonly object[]): Schema<T> =>
  schema<T>({ type: 'record', name, fields } as unknown as AvroSchema)
const text = (name: string) => ({ name, type: 'string' })
const points = { name: 'points', type: 'long' }

const Purchase = record<Purchase>('Purchase', text('id'), text('member'), points)
const Same = record<Same>('Same', text('id'), text('member'), text('other'))
const Total = record<Total>('Total', text('member'), points)

const byMember = ({ member }: { readonly member: string }) => member
const byPerson = ({ personId }: { readonly personId: string }) => personId

/** The log that a company's tills write. */
export const tills = topic('tills', 'input', {
  purchase: keyed(Purchase, ({ id }) => id),
  same: keyed(Same, ({ id }) => id),
})
const members = topic(
  'members',
  'internal',
  { purchase: keyed(Purchase, byMember), moved: keyed(Moved, byPerson), rows: keyed(MovedRows, byPerson) },
  { moves: true },
)
/** The points of a member after each purchase. */
export const totals = topic('totals', 'public', { total: keyed(Total, byMember) })

interface Sum {
  readonly points: number
}
const Sum = record<Sum>('Sum', points)

/** Says what a build of the application stores for a member. */
interface Build<Row> {
  readonly version: number
  readonly schema: Schema<Row>
  readonly previous: Table<Row>['previous']
  readonly empty: Row
  readonly pointsOf: (row: Row) => number
  readonly add: (row: Row, points: number) => Row
}

const first: Build<Sum> = {
  version: 1,
  schema: Sum,
  previous: {},
  empty: { points: 0 },
  pointsOf: ({ points }) => points,
  add: (row, points) => ({ points: row.points + points }),
}

interface Best extends Sum {
  readonly best: number
  readonly tier: 'silver' | 'gold'
}
/** Stores more about a member, and keeps the fields that the first build reads. */
const second: Build<Best> = {
  version: 2,
  schema: record(
    'Sum',
    points,
    { name: 'best', type: 'long', default: 0 },
    { name: 'tier', type: { type: 'enum', name: 'Tier', symbols: ['silver', 'gold'] }, default: 'silver' },
  ),
  previous: { 1: Sum },
  empty: { points: 0, best: 0, tier: 'silver' },
  pointsOf: ({ points }) => points,
  add: (row, points) => ({
    points: row.points + points,
    best: Math.max(row.best, points),
    tier: row.points + points > 100 ? 'gold' : 'silver',
  }),
}

interface Balance {
  readonly balance: number
}
/** Stores the points under another name: the builds before do not find them. */
const renaming: Build<Balance> = {
  version: 3,
  schema: record('Sum', { name: 'balance', type: 'long', aliases: ['points'] }),
  previous: { 1: Sum, 2: second.schema },
  empty: { balance: 0 },
  pointsOf: ({ balance }) => balance,
  add: (row, points) => ({ balance: row.balance + points }),
}

const builds = { first, second, renaming }

/**
 * Makes a build of a small application. Each call makes new tables, so builds do not share what they have learnt of
 * rows.
 */
export const loyalty = (build: keyof typeof builds): Topology => built(builds[build] as Build<any>)

function built<Row>({ version, schema, previous, empty, pointsOf, add }: Build<Row>): Topology {
  const merge = (into: Row, from: Row) => add(into, pointsOf(from))
  const noteMerge = operator({
    name: 'note-merge',
    input: { same: Same },
    output: Moved,
    on: { same: ({ value: { member, other } }) => ({ emit: [{ personId: member, to: other }] }) },
  })
  const countPoints = operator({
    name: 'count-points',
    input: { purchase: Purchase },
    output: Total,
    writes: table<Row>('loyalty', { schema, version, previous, empty, merge }),
    on: {
      purchase({ key, value }, before) {
        const row = add(before, value.points)
        return { row, emit: [{ member: key, points: pointsOf(row) }] }
      },
    },
  })
  return topology('loyalty', graph => {
    const { purchase, same } = graph.source(tills, 'tills')
    const moved = graph.process(noteMerge, { same })
    const { purchase: ofMember } = graph.repartition(members, { purchase, moved }, 'points')
    graph.sink(totals, { total: graph.process(countPoints, { purchase: ofMember }) })
  })
}

/** Makes the record of a purchase as a till writes it. */
export const bought = (id: string, member: string, points: number): InputRecord => ({
  topic: tills.name,
  key: member,
  timestamp: Date.UTC(2024, 0, 1),
  value: encodeValue(tills.types.purchase, { id, member, points }),
})

/** Makes the record that joins two members: the first one's rows go to the other. */
export const joined = (id: string, member: string, other: string): InputRecord => ({
  topic: tills.name,
  key: member,
  timestamp: Date.UTC(2024, 0, 1),
  value: encodeValue(tills.types.same, { id, member, other }),
})

/** Lists the points of each member after each purchase, in order. */
export async function totalsIn(log: Log): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>()
  for await (const { member, points } of values<Total>(log, totals, 'total'))
    found.set(member, [...(found.get(member) ?? []), points])
  return found
}
