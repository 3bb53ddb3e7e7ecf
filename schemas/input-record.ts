import type { Time } from './record.ts'

/** A record from outside, on its way to an input log. */
export interface InputRecord {
  /** One of the topology's input logs; a record that names another one goes to the first of them. */
  readonly topic: string
  readonly key: string
  /** The time at which it was received. */
  readonly timestamp: Time
  /** The bytes as a producer would write them: framed Avro, or the contents of any file. */
  readonly value: Uint8Array
}

/** An input record with the id of the event, consent change, receipt or reference change that it holds. */
export interface IdentifiedRecord extends InputRecord {
  readonly id: string
}
