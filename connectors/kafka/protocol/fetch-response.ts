import { protocolError } from './protocol-error.ts'
import { WireReader } from './wire.ts'

/** An aborted transaction, from its first offset on. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

/** A broker's answer for one partition. */
export interface PartitionResponse {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  /** All transactions before this offset are decided: committed or aborted. */
  readonly lastStableOffset: number
  readonly aborted: readonly AbortedTransaction[]
  /** Record batches; the last one may be cut off. */
  readonly batches: Buffer
}

/** Reads a Fetch response of version 11 (Kafka protocol guide). Throws an error of the whole request. */
export function readFetchResponse(raw: Buffer): PartitionResponse[] {
  const from = new WireReader(raw)
  from.skip(4)
  const errorCode = from.int16()
  if (errorCode !== 0) throw protocolError(errorCode)
  from.skip(4)
  const found: PartitionResponse[] = []
  for (let topics = from.int32(); topics > 0; topics--) {
    const topic = from.text()
    for (let partitions = from.int32(); partitions > 0; partitions--) {
      const partition = from.int32()
      const errorCode = from.int16()
      from.skip(8)
      const lastStableOffset = from.int64()
      from.skip(8)
      const aborted: AbortedTransaction[] = []
      for (let count = from.int32(); count > 0; count--)
        aborted.push({ producerId: from.bigint(), firstOffset: from.int64() })
      from.skip(4)
      found.push({ topic, partition, errorCode, lastStableOffset, aborted, batches: from.bytes() })
    }
  }
  return found
}
