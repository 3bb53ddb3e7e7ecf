/** A transaction that came to nothing. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

/** What a broker sent of one partition. */
export interface PartitionResponse {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  /** All before it is decided: committed or aborted. */
  readonly lastStableOffset: number
  readonly aborted: readonly AbortedTransaction[]
  /** Record batches; the last one may be cut off. */
  readonly batches: Buffer
}

/** Reads a Fetch response of version 11 (Kafka protocol guide). */
export function readFetchResponse(raw: Buffer): PartitionResponse[] {
  const from = new Reader(raw)
  from.skip(4 + 2 + 4)
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

class Reader {
  readonly #raw: Buffer
  #at = 0

  constructor(raw: Buffer) {
    this.#raw = raw
  }

  skip(count: number): void {
    this.#at += count
  }

  int16(): number {
    this.#at += 2
    return this.#raw.readInt16BE(this.#at - 2)
  }

  int32(): number {
    this.#at += 4
    return this.#raw.readInt32BE(this.#at - 4)
  }

  bigint(): bigint {
    this.#at += 8
    return this.#raw.readBigInt64BE(this.#at - 8)
  }

  int64(): number {
    return Number(this.bigint())
  }

  text(): string {
    const length = this.int16()
    this.#at += length
    return this.#raw.toString('utf8', this.#at - length, this.#at)
  }

  bytes(): Buffer {
    const length = Math.max(0, this.int32())
    this.#at += length
    return this.#raw.subarray(this.#at - length, this.#at)
  }
}
