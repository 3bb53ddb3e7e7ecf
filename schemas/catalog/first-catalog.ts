import { eventTypes } from '../event-data.ts'
import { channels } from '../topics.ts'
import { purposes } from '../words.ts'
import { builtInEvents } from './built-in-events.ts'
import { catalogOf } from './catalog.ts'
import { withTimes } from './with-times.ts'

const builtIn = new Set(builtInEvents.map(({ name }) => name))

/** The words of version 0.1, which had no catalogs. It will be a file of the examples as soon as nothing is compiled in. */
export const firstCatalog = catalogOf(
  {
    events: Object.fromEntries(
      Object.entries(eventTypes)
        .filter(([name]) => !builtIn.has(name))
        .map(([name, { json }]) => [name, withTimes(json, 'dueAt')]),
    ),
    identifiers: {},
    purposes,
    channels,
    placements: [],
  },
  builtInEvents,
)
