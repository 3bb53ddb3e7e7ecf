import type { Control } from '../../schemas/generated.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { topics } from '../../schemas/topics.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import { controlRecord, releaseControl } from '../../topology/replay/control-record.ts'
import { UsageError } from '../cli/errors.ts'
import type { Flags } from '../cli/flags.ts'
import { printStatus, printWarning } from '../cli/output.ts'
import { adapterNamed } from './adapters.ts'
import { readReleaseFile } from './release-file.ts'

/** Reads the input that --adapter, --input and --release name: first the release, then the records in order of time. */
export async function inputRecords(
  { adapter, input, release, sort = false }: Flags,
  { nodes }: Topology,
): Promise<AsyncIterable<InputRecord>> {
  const inputs = nodes.flatMap(node => (node.kind === 'source' && node.topic.role === 'input' ? [node.topic.name] : []))
  if (release !== undefined && !inputs.includes(topics.control.name))
    throw new UsageError(`--release: the topology does not read '${topics.control.name}'`)
  const control = release === undefined ? null : releaseControl(readReleaseFile(release))
  const records =
    adapter === undefined
      ? noRecords()
      : adapterNamed(adapter).read(input, { sort, warn: printWarning, progress: printStatus })
  return toReadTopics(afterRelease(control, records), inputs)
}

async function* noRecords(): AsyncGenerator<InputRecord> {}

async function* afterRelease(
  control: Control | null,
  records: AsyncIterable<InputRecord>,
): AsyncGenerator<InputRecord> {
  let first = control
  for await (const record of records) {
    if (first) yield controlRecord(first, record.timestamp - 1)
    first = null
    yield record
  }
}

/** Sends records for topics that the topology does not read to its first input, where validation reports them. */
async function* toReadTopics(
  records: AsyncIterable<InputRecord>,
  inputs: readonly string[],
): AsyncGenerator<InputRecord> {
  for await (const record of records) yield inputs.includes(record.topic) ? record : { ...record, topic: inputs[0]! }
}
