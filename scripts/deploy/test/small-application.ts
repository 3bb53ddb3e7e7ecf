import { operator } from '../../../operators/operator.ts'
import { type AvroSchema, schema } from '../../../schemas/codec/schema.ts'
import { keyed, topic } from '../../../schemas/record.ts'
import { table } from '../../../state/table.ts'
import { topology } from '../../../topology/graph/builder.ts'
import { plan } from '../../../topology/graph/plan.ts'
import { type WantedOptions, wanted } from '../wanted.ts'

const text = (name: string, more: object = {}) => ({ name, type: 'string', ...more })
const record = (name: string, fields: readonly object[]) =>
  schema<any>({ type: 'record', name, fields } as unknown as AvroSchema)

export interface SmallOptions extends Partial<WantedOptions> {
  /** More fields of what it reads. */
  readonly fields?: readonly object[]
  /** Its table; from version 2 on its rows may have more fields. */
  readonly table?: { readonly name: string; readonly version?: number; readonly fields?: readonly object[] }
  /** Whether it tells its counts. */
  readonly tells?: boolean
}

/** A small topology whose topics begin with a name: an input, an internal and a public log, and a table. */
export function smallTopology(app: string, { fields = [], tells = true, table: named }: SmallOptions = {}) {
  const Line = record('Line', [text('text'), ...fields])
  const Count = record('Count', [text('word')])
  const lines = topic(`${app}-lines`, 'input', { line: keyed(Line, ({ text }) => text) })
  const words = topic(`${app}-words`, 'internal', { word: keyed(Count, ({ word }) => word) })
  const counts = topic(`${app}-counts`, 'public', { count: keyed(Count, ({ word }) => word) })
  const { name = 'seen', version = 1, fields: ofRows = [] } = named ?? {}
  const previous = version === 1 ? {} : { 1: Count }
  const split = operator({
    name: 'split',
    input: { line: Line },
    output: Count,
    on: { line: ({ value }) => ({ emit: [{ word: value.text }] }) },
  })
  const count = operator({
    name: 'count',
    input: { word: Count },
    output: Count,
    writes: table(name, {
      schema: record('Count', [text('word'), ...ofRows]),
      empty: { word: '' },
      version,
      previous,
    }),
    on: { word: ({ value }) => ({ row: value, emit: [value] }) },
  })
  const built = topology(app, graph => {
    const { line } = graph.source(lines, `${app}-splitting`)
    const { word } = graph.repartition(words, { word: graph.process(split, { line }) }, 'counting')
    const counted = graph.process(count, { word })
    if (tells) graph.sink(counts, { count: counted })
  })
  return { built, lines }
}

/** What that topology needs on a cluster. */
export function small(app: string, parts: SmallOptions = {}) {
  const { fields: _, tells: __, table: ___, ...options } = parts
  return wanted(plan(smallTopology(app, parts).built), {
    app,
    kind: 'live',
    partitions: 2,
    retentionMs: 86_400_000,
    replication: 1,
    ...options,
  })
}
