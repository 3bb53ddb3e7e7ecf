import type { Schema } from '../codec/schema.ts'
import {
  ConsentChanged,
  ConsentUnreadable,
  Exposure,
  IdentityLinked,
  ProfileChanged,
  Redemption,
} from '../generated.ts'
import { type EventFields, type EventSchema, eventSchema } from './event-schema.ts'
import { withTimes } from './with-times.ts'

const records = {
  consent_changed: ConsentChanged,
  consent_unreadable: ConsentUnreadable,
  identity_linked: IdentityLinked,
  profile_changed: ProfileChanged,
  exposure: Exposure,
  redemption: Redemption,
}

const timeFields: Readonly<Record<string, readonly string[]>> = {
  exposure: ['until'],
  consent_changed: ['effectiveAt', 'recordedAt'],
  consent_unreadable: ['effectiveAt'],
}

/** The event types that the engine itself understands; no catalog declares them. */
export const builtInEvents: readonly EventSchema[] = Object.entries(records).map(([name, own]) =>
  eventSchema(name, withTimes(own.json, ...(timeFields[name] ?? [])), own as unknown as Schema<EventFields>),
)

/** The name of an event type that the engine itself understands. */
export type BuiltInType = keyof typeof records
/** The fields of an event of such a type. */
export type BuiltInData<T extends BuiltInType> = (typeof records)[T] extends Schema<infer V> ? V : never

const byName = new Map(builtInEvents.map(type => [type.name, type]))

/** Finds a type that the engine itself understands. */
export const builtInEvent = (name: BuiltInType): EventSchema => byName.get(name)!
