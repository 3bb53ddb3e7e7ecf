import type { Versions } from '../schemas/catalog/event-reading.ts'
import type { PersonEvent } from '../schemas/generated.ts'
import type { topics } from '../schemas/topics.ts'
import type { LogRecord } from '../topology/log/log.ts'
import type { ActiveRelease } from './laws/releases.ts'

/** A record of `people`, as the audit of its partition reads it. */
export interface AuditedRecord {
  readonly type: keyof typeof topics.people.types
  readonly record: LogRecord
  readonly partition: number
  /** The versions of event types that this partition was told of so far. */
  readonly versions: Versions
  /** Null unless the record is an event at a person who has not merged away, read for the first time. */
  readonly event: PersonEvent | null
  readonly active: ActiveRelease | null
}
