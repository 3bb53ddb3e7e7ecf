import type { Time, Topic } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { decodeInput } from '../task/decode-input.ts'

/** A record of an input log, as far as its place in a history goes. */
export interface Placed {
  readonly topic: Topic
  readonly time: Time
  readonly key: string
  readonly value: Uint8Array
  /** What is known of the record besides its time; filled in when it is first needed. */
  identity: RecordIdentity | null
}

/** By whom and as what a record was sent. Both are empty where the record can't be read. */
export interface RecordIdentity {
  readonly source: string
  readonly id: string
}

/**
 * The kinds of input in the order in which they count at one time: first what rules hold, then what is known, then what
 * happens. Inputs of someone's own topology come last, by name.
 */
const kinds: readonly string[] = [
  topics.control,
  topics.reference,
  topics.consents,
  topics.receipts,
  topics.events,
].map(({ name }) => name)

/**
 * Orders the records of a history: by time, kind, source and id, then by key. Records that are equal in all of it keep the
 * order of their partition, which has all records of one key. The number of partitions plays no part.
 */
export function compareInputs(a: Placed, b: Placed): number {
  if (a.time !== b.time) return a.time - b.time
  if (a.topic !== b.topic) {
    const kind = kindOf(a.topic) - kindOf(b.topic)
    return kind !== 0 ? kind : compareTexts(a.topic.name, b.topic.name)
  }
  a.identity ??= identityOf(a)
  b.identity ??= identityOf(b)
  return (
    compareTexts(a.identity.source, b.identity.source) ||
    compareTexts(a.identity.id, b.identity.id) ||
    compareTexts(a.key, b.key)
  )
}

const kindOf = ({ name }: Topic): number => {
  const kind = kinds.indexOf(name)
  return kind < 0 ? kinds.length : kind
}

const compareTexts = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

function identityOf({ topic, value: bytes }: Placed): RecordIdentity {
  try {
    const value: Readonly<Record<string, unknown>> = decodeInput(topic, bytes).value
    const id = value.eventId ?? value.receiptId ?? value.changeId ?? value.controlId
    return { source: textOf(value.source), id: textOf(id) }
  } catch {
    return { source: '', id: '' }
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
