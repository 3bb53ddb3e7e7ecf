import { createHash } from 'node:crypto'
import type { DeadLetter } from '../../schemas/generated.ts'
import type { LogPosition, RecordType, Time, Topic } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { type BadRecord, encodeValue } from '../../schemas/wire.ts'
import { audit } from '../../state/audit.ts'
import type { RowSet } from '../../state/row-set.ts'
import { chain } from './audit-chain.ts'
import type { Rows } from './rows.ts'

/** A record on its way to a log: its partition, and its place among the others, are found when it is appended. */
export interface Emission {
  readonly topic: Topic
  /** Null: a copy to every partition. */
  readonly key: string | null
  readonly value: Uint8Array
  readonly timestamp: Time
  readonly causeId: string
  readonly path: readonly number[]
  /** Offset of the record that was being folded. */
  readonly input: number
}

/** What is being folded, and where what it sets off is collected. */
export interface FoldContext {
  readonly key: string | null
  /** Of the shared row that a record to every partition is about. */
  readonly shared: string | null
  readonly receivedAt: Time
  readonly causeId: string
  readonly position: LogPosition
  /** Of the record; none when a timer fires. */
  readonly bytes: Uint8Array
  readonly path: readonly number[]
  /** Emissions so far: the next one's index. */
  count: number
  /** Of the key; null until somebody asks. */
  rows: RowSet | null
}

/** The most that one record may set off; more is a loop. */
const emissionsMax = 100_000

/** Collects what is set off while a record is folded: records on their way to logs, in order. */
export class Outputs {
  readonly #rows: Pick<Rows, 'partition' | 'markChanged'>
  #emissions: Emission[] = []

  constructor(rows: Pick<Rows, 'partition' | 'markChanged'>) {
    this.#rows = rows
  }

  /** What was collected since the last time. */
  drain(): Emission[] {
    const emissions = this.#emissions
    this.#emissions = []
    return emissions
  }

  /** To a log that the topology writes, framed, and sealed where it is audited. */
  sink(topic: Topic, type: RecordType<unknown>, context: FoldContext, value: unknown): void {
    const key = type.key === null ? null : type.key(value)
    const bytes = topic.chained ? this.#sealed(type, value) : encodeValue(type, value)
    this.append(topic, key, bytes, context)
  }

  #sealed(type: RecordType<unknown>, value: unknown): Uint8Array {
    const { partition } = this.#rows
    const sealed = chain(type, value, partition.get(audit))
    partition.set(audit, sealed.row)
    this.#rows.markChanged(null)
    return sealed.value
  }

  /** To a log as it is; a null key: to every partition. */
  append(topic: Topic, key: string | null, value: Uint8Array, context: FoldContext): void {
    if (++context.count > emissionsMax)
      throw new Error(`'${context.causeId}' sets off more than ${emissionsMax} records`)
    const { receivedAt: timestamp, causeId, path, position } = context
    this.#emissions.push({
      topic,
      key,
      value,
      timestamp,
      causeId,
      path: longer(path, context.count - 1),
      input: position.offset,
    })
  }

  /** A tick, for every partition of a log. */
  tick(topic: Topic, at: Time, input: number): void {
    const value = encodeValue(topic.types.tick!, { at })
    this.#emissions.push({ topic, key: null, value, timestamp: at, causeId: 'tick', path: [], input })
  }

  /** Notes a record that can't be taken: why, from where, and a hash of its bytes. */
  deadLetter(context: FoldContext, bytes: Uint8Array, { reason, message }: BadRecord, origin?: LogPosition): void {
    const letter: DeadLetter = {
      position: origin ?? context.position,
      reason,
      detail: message,
      size: bytes.length,
      hash: createHash('sha256').update(bytes).digest('hex'),
      at: context.receivedAt,
    }
    this.sink(topics.deadLetters, topics.deadLetters.types.letter as RecordType<unknown>, context, letter)
  }
}

/** Written out for the short ones, which are nearly all: it runs for every record that is sent. */
function longer(path: readonly number[], index: number): readonly number[] {
  switch (path.length) {
    case 0:
      return [index]
    case 1:
      return [path[0]!, index]
    case 2:
      return [path[0]!, path[1]!, index]
    default:
      return [...path, index]
  }
}
