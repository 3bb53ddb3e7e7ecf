import type { AvroSchema } from '../codec/schema.ts'
import {
  ConsentChanged,
  ConsentUnreadable,
  Exposure,
  IdentityLinked,
  ProfileChanged,
  Redemption,
} from '../generated.ts'
import { type EventSchema, eventSchema } from './event-schema.ts'

const records = {
  consent_changed: ConsentChanged,
  consent_unreadable: ConsentUnreadable,
  identity_linked: IdentityLinked,
  profile_changed: ProfileChanged,
  exposure: Exposure,
  redemption: Redemption,
}

/** The event types that the engine itself understands; no catalog declares them. */
export const builtInEvents: readonly EventSchema[] = Object.entries(records).map(([name, { json }]) =>
  eventSchema(name, JSON.parse(json) as AvroSchema),
)
