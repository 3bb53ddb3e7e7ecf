import type { CatalogDeclaration } from '../../schemas/catalog/catalog.ts'
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
import { sourceLines } from './source-lines.ts'

/** Reads the input that --adapter, --input and --release name: first the release, then the records in order of time. */
export async function inputRecords(
  { adapter, input, release, source, sort = false }: Flags,
  { nodes }: Topology,
  words?: CatalogDeclaration,
): Promise<AsyncIterable<InputRecord>> {
  const inputs = nodes.flatMap(node => (node.kind === 'source' && node.topic.role === 'input' ? [node.topic.name] : []))
  if (release !== undefined && !inputs.includes(topics.control.name))
    throw new UsageError(`--release: the topology does not read '${topics.control.name}'`)
  const control = release === undefined ? null : releaseControl(readReleaseFile(release))
  if (source !== undefined && adapter !== 'json-lines')
    throw new UsageError('--source maps a file of JSON lines: add --adapter json-lines')
  const line = source === undefined ? {} : { line: sourceLines(words, source) }
  const records =
    adapter === undefined
      ? noRecords()
      : adapterNamed(adapter).read(input, { ...line, sort, warn: printWarning, progress: printStatus })
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
