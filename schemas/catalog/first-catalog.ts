import type { Schema } from '../codec/schema.ts'
import { eventTypes } from '../event-data.ts'
import { purposes } from '../words.ts'
import { builtInEvents } from './built-in-events.ts'
import { type Catalog, catalogOf } from './catalog.ts'
import { type EventFields, eventSchema } from './event-schema.ts'
import { withTimes } from './with-times.ts'

const builtIn = new Set(builtInEvents.map(({ name }) => name))
const declared = Object.entries(eventTypes)
  .filter(([name]) => !builtIn.has(name))
  .map(([name, own]) => eventSchema(name, withTimes(own.json, 'dueAt'), own as unknown as Schema<EventFields>))

const { declaration } = catalogOf(
  {
    events: Object.fromEntries(declared.map(({ name, json }) => [name, JSON.parse(json)])),
    identifiers: {},
    purposes,
    channels: ['email', 'sms', 'push', 'inapp', 'web', 'call'],
    placements: [],
  },
  builtInEvents,
)

/** The words of version 0.1, which had no catalogs. It will be a file of the examples as soon as nothing is compiled in. */
export const firstCatalog: Catalog = {
  declaration,
  events: new Map([...builtInEvents, ...declared].map(type => [type.name, type])),
}
