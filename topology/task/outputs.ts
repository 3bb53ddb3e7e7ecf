import { createHash } from 'node:crypto'
import type { DeadLetter } from '../../schemas/generated.ts'
import type { LogPosition, RecordType, Time, Topic } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { type BadRecord, encodeValue } from '../../schemas/wire.ts'
import { audit } from '../../state/audit.ts'
import type { RowSet } from '../../state/row-set.ts'
import { chain } from './audit-chain.ts'
import type { Rows } from './rows.ts'

/** A record on its way to a log. Its partition and its number are assigned when it is appended. */
export interface Emission {
  readonly topic: Topic
  /** The key; null sends a copy to every partition. */
  readonly key: string | null
  readonly value: Uint8Array
  readonly timestamp: Time
  readonly causeId: string
  readonly path: readonly number[]
  /** The offset of the record that was being folded. */
  readonly input: number
}

/** Describes the record or timer that is being folded. */
export interface FoldContext {
  readonly key: string | null
  /** The key of the shared row that a broadcast record is about. */
  readonly shared: string | null
  readonly receivedAt: Time
  readonly causeId: string
  readonly position: LogPosition
  /** The bytes of the record; empty for a timer. */
  readonly bytes: Uint8Array
  readonly path: readonly number[]
  /** The number of emissions so far, which is the index of the next one. */
  count: number
  /** The rows of the key; null until they are first needed. */
  rows: RowSet | null
}

/** The most emissions of one record. More are a sign of a loop. */
const emissionsMax = 100_000

const nothing: Emission[] = []

/** Collects the emissions of the records that are folded, in order. */
export class Outputs {
  readonly #rows: Pick<Rows, 'partition' | 'markChanged'>
  #emissions: Emission[] = []

  constructor(rows: Pick<Rows, 'partition' | 'markChanged'>) {
    this.#rows = rows
  }

  /** Returns the emissions since the last call. */
  drain(): Emission[] {
    if (this.#emissions.length === 0) return nothing
    const emissions = this.#emissions
    this.#emissions = []
    return emissions
  }

  /** Counts the emissions since the last call of `drain`. */
  get count(): number {
    return this.#emissions.length
  }

  /** Forgets all emissions but this many. */
  truncate(count: number): void {
    this.#emissions.length = count
  }

  /** Emits a value to a log of the topology, framed and, on a chained log, linked to the record before. */
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

  /** Emits bytes to a log as they are. A null key sends a copy to every partition. */
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

  /** Emits a tick to every partition of a log. */
  tick(topic: Topic, at: Time, input: number): void {
    const value = encodeValue(topic.types.tick!, { at })
    this.#emissions.push({ topic, key: null, value, timestamp: at, causeId: 'tick', path: [], input })
  }

  /** Emits a dead letter for a record that can't be used: why, from where, and a hash of its bytes. */
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

/** Appends an index to a path. PERF: nearly all paths are short and written out here; this runs for every emission. */
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
