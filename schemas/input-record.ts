import type { Time } from './record.ts'

/** A record of the outside world, on its way to an input log. */
export interface InputRecord {
  /** One of the topology's input logs; a record that names another one goes to the first of them. */
  readonly topic: string
  readonly key: string
  /** When it was received. */
  readonly timestamp: Time
  /** As a producer would write it: framed Avro, or the bytes of a file that anyone wrote. */
  readonly value: Uint8Array
}

/** An input record with the id of the event, consent change, receipt or reference change that it holds. */
export interface IdentifiedRecord extends InputRecord {
  readonly id: string
}
