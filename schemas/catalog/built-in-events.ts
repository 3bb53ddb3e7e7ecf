import {
  ConsentChanged,
  ConsentUnreadable,
  Exposure,
  IdentityLinked,
  ProfileChanged,
  Redemption,
} from '../generated.ts'
import { type EventSchema, eventSchema } from './event-schema.ts'
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
export const builtInEvents: readonly EventSchema[] = Object.entries(records).map(([name, { json }]) =>
  eventSchema(name, withTimes(json, ...(timeFields[name] ?? []))),
)
