import type { PersonEvent } from '../../schemas/generated.ts'
import type { topics } from '../../schemas/topics.ts'
import type { LogRecord } from '../../topology/log/log.ts'
import type { ActiveRelease } from './releases.ts'

/** A record of `people` as the walk sees it. */
export interface Step {
  readonly type: keyof typeof topics.people.types
  readonly record: LogRecord
  readonly partition: number
  /** Null unless it is an event at a person who is here, for the first time. */
  readonly event: PersonEvent | null
  readonly active: ActiveRelease | null
}
