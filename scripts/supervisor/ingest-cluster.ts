import type { Control } from '../../schemas/generated.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { topics } from '../../schemas/topics.ts'
import { decodeValue } from '../../schemas/wire.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log } from '../../topology/log/log.ts'
import { HistoryWriter } from '../../topology/replay/history-writer.ts'
import { ControlCopies } from './control-copies.ts'

export interface IngestOptions {
  readonly log: Log
  readonly topology: Topology
  readonly records: AsyncIterable<InputRecord>
  /** Span between two ticks; infinite for a live application, whose input has no ticks. */
  readonly tickMs: number
  /** Called with what is being waited for, and with how much has been written. */
  readonly progress: (text: string) => void
}

/** Number of records that are appended together. */
const chunk = 2000
const progressEveryMs = 10_000

/**
 * Writes history for workers. On a cluster nothing orders one log against another, so the releases at the head of the
 * input are written first, and the rest only when every partition has its copy of them.
 */
export async function ingestInto({ log, topology, records, tickMs, progress }: IngestOptions): Promise<number> {
  const writer = new HistoryWriter(log, topology, { tickMs })
  const copies = await ControlCopies.begin(log, topology)
  let isAhead = true
  let reportedAt = performance.now()
  for await (const record of records) {
    if (isAhead && record.topic === topics.control.name) copies.expect(controlIn(record))
    else if (isAhead) {
      isAhead = false
      await writer.flush()
      await copies.arrived(progress)
    }
    writer.add(record)
    if (writer.waiting < chunk) continue
    await writer.flush()
    if (performance.now() - reportedAt > progressEveryMs) {
      reportedAt = performance.now()
      progress(`wrote ${writer.written} records`)
    }
  }
  writer.end()
  await writer.flush()
  if (isAhead) await copies.arrived(progress)
  return writer.written
}

const controlIn = ({ value }: InputRecord): Control => decodeValue(topics.control.types.control, value)
