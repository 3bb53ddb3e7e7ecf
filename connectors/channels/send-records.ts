import { createHash } from 'node:crypto'
import type { Send } from '../../schemas/generated.ts'
import { receiptOf } from '../../schemas/receipts.ts'
import { sendsOn, topics } from '../../schemas/topics.ts'
import { decodeValue, encodeValue, typeOf } from '../../schemas/wire.ts'
import type { Log, LogRecord, OutputRecord } from '../../topology/log/log.ts'

/** Decodes the send, or the cancellation of one, in a record of a channel. Throws BadRecord. */
export function sendIn(channel: string, { value }: LogRecord): Send {
  const topic = sendsOn(channel)
  typeOf(topic, value)
  return decodeValue(topic.types.send, value)
}

/** The kinds of receipt that a channel itself can write. */
export type ChannelReceiptKind = 'delivered' | 'bounced' | 'rejected'

/** Makes the receipts and dead letters of one partition, for the partition of the same number, so that a person's records stay in order. */
export class ChannelReports {
  readonly #log: Log
  readonly #channel: string
  readonly #partition: number

  constructor(log: Log, channel: string, partition: number) {
    this.#log = log
    this.#channel = channel
    this.#partition = partition
  }

  /** Makes a receipt; `at` is the time at which the outcome became known. */
  receipt(send: Send, kind: ChannelReceiptKind, reason: string, at: number): OutputRecord {
    const receipt = receiptOf(send, kind, at, { reason })
    return this.#output(topics.receipts.name, send.personId, encodeValue(topics.receipts.types.receipt, receipt), at)
  }

  /** Makes the dead letter of a record. */
  deadLetter({ offset, value, timestamp }: LogRecord, reason: string, detail: string): OutputRecord {
    const { letter: type } = topics.deadLetters.types
    const letter = {
      position: { topic: sendsOn(this.#channel).name, partition: this.#partition, offset },
      reason,
      detail,
      size: value.length,
      hash: createHash('sha256').update(value).digest('hex'),
      at: timestamp,
    }
    return this.#output(topics.deadLetters.name, type.key!(letter), encodeValue(type, letter), timestamp)
  }

  #output(topic: string, key: string, value: Uint8Array, timestamp: number): OutputRecord {
    const partition = this.#partition % this.#log.topics().get(topic)!
    return { topic, partition, key, value, timestamp }
  }
}
