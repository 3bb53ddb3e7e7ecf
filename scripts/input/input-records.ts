import type { Control } from '../../schemas/generated.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { topics } from '../../schemas/topics.ts'
import { encodeValue } from '../../schemas/wire.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import { UsageError } from '../cli/errors.ts'
import type { Flags } from '../cli/flags.ts'
import { adapters } from './adapters.ts'
import { controlOf, readRelease } from './release-file.ts'

/** What the flags --adapter, --input and --release name: the release first, then the records in order of time. */
export async function inputRecords(
  { adapter, input, release }: Flags,
  { nodes }: Topology,
): Promise<AsyncIterable<InputRecord>> {
  const inputs = nodes.flatMap(node => (node.kind === 'source' && node.topic.role === 'input' ? [node.topic.name] : []))
  if (release !== undefined && !inputs.includes(topics.control.name))
    throw new UsageError(`--release: the topology does not read '${topics.control.name}'`)
  const control = release === undefined ? null : controlOf(readRelease(release))
  const records = adapter === undefined ? nothing() : adapters(adapter).read(input)
  return routed(behind(control, records), inputs)
}

async function* nothing(): AsyncGenerator<InputRecord> {}

async function* behind(control: Control | null, records: AsyncIterable<InputRecord>): AsyncGenerator<InputRecord> {
  let first = control
  for await (const record of records) {
    if (first) yield controlRecord(first, record.timestamp - 1)
    first = null
    yield record
  }
}

/** A record for a log that the topology does not read goes to its first, whose door says what is wrong with it. */
async function* routed(records: AsyncIterable<InputRecord>, inputs: readonly string[]): AsyncGenerator<InputRecord> {
  for await (const record of records) yield inputs.includes(record.topic) ? record : { ...record, topic: inputs[0]! }
}

/** A control record of history. */
export const controlRecord = (control: Control, timestamp: number): InputRecord => ({
  topic: topics.control.name,
  key: control.controlId,
  timestamp,
  value: encodeValue(topics.control.types.control, control),
})
