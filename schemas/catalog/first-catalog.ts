import { eventTypes } from '../event-data.ts'
import { channels } from '../topics.ts'
import { purposes } from '../words.ts'
import { builtInEvents } from './built-in-events.ts'
import type { Catalog } from './catalog.ts'
import { type EventSchema, eventSchema } from './event-schema.ts'
import { withTimes } from './with-times.ts'

const builtIn = new Set(builtInEvents.map(({ name }) => name))
const declared = Object.entries(eventTypes)
  .filter(([name]) => !builtIn.has(name))
  .map(([name, own]) => {
    const record = withTimes(own.json, 'dueAt')
    // The rules must know the very classes that `eventData` makes.
    return { record, type: { ...eventSchema(name, record), schema: own as unknown as EventSchema['schema'] } }
  })

/** The words of version 0.1, which had no catalogs. It will be a file of the examples as soon as nothing is compiled in. */
export const firstCatalog: Catalog = {
  declaration: {
    events: Object.fromEntries(declared.map(({ record, type }) => [type.name, record])),
    identifiers: {},
    purposes,
    channels,
    placements: [],
  },
  events: new Map([...builtInEvents, ...declared.map(({ type }) => type)].map(type => [type.name, type])),
}
