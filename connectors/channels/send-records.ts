import { createHash } from 'node:crypto'
import type { Send } from '../../schemas/generated.ts'
import { type Channel, sends, topics } from '../../schemas/topics.ts'
import { decodeValue, encodeValue, typeOf } from '../../schemas/wire.ts'
import type { Log, LogRecord, Output } from '../../topology/ports.ts'

/** The send, or the cancellation of one, that a record of a channel holds; throws BadRecord. */
export function sendIn(channel: Channel, { value }: LogRecord): Send {
  const topic = sends[channel]
  typeOf(topic, value)
  return decodeValue(topic.types.send, value)
}

/** The receipts that channels themselves can give. */
export type ReceiptKind = 'delivered' | 'bounced' | 'rejected'

/** Writes what channels report, to the partition that has the number of the send's: a person's records stay in order. */
export class Reports {
  readonly #log: Log
  readonly #channel: Channel
  readonly #partition: number

  constructor(log: Log, channel: Channel, partition: number) {
    this.#log = log
    this.#channel = channel
    this.#partition = partition
  }

  /** The same send and kind give the same receipt id. `at` is when it became known. */
  receipt({ idempotencyKey, decisionId, personId }: Send, kind: ReceiptKind, reason: string, at: number): Output {
    const { receipt: type } = topics.receipts.types
    const receipt = {
      receiptId: `${idempotencyKey}/${kind}`,
      decisionId,
      personId,
      kind,
      value: 0,
      occurredAt: at,
      source: reason === '' ? this.#channel : `${this.#channel}: ${reason}`,
    }
    return this.#output(topics.receipts.name, personId, encodeValue(type, receipt), at)
  }

  letter({ offset, value, timestamp }: LogRecord, reason: string, detail: string): Output {
    const { letter: type } = topics.deadLetters.types
    const letter = {
      position: { topic: sends[this.#channel].name, partition: this.#partition, offset },
      reason,
      detail,
      size: value.length,
      hash: createHash('sha256').update(value).digest('hex'),
      at: timestamp,
    }
    return this.#output(topics.deadLetters.name, type.key!(letter), encodeValue(type, letter), timestamp)
  }

  #output(topic: string, key: string, value: Uint8Array, timestamp: number): Output {
    const partition = this.#partition % this.#log.topics().get(topic)!
    return { topic, partition, key, value, timestamp }
  }
}
