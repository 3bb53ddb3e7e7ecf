import { EventTypeRow, EventTypeVersion } from '../../schemas/generated.ts'
import { sharedTable } from '../../state/table.ts'
import { nothing } from '../nothing.ts'
import { operator } from '../operator.ts'

/** Holds every version of an event type that wrote a payload of this partition, by its hash. They are kept for ever. */
export const eventTypeVersions = sharedTable<EventTypeRow>('event-types', {
  schema: EventTypeRow,
  empty: { type: '', json: '' },
  // However much reference data there is, these must be kept: a limit is over all shared rows of a partition.
  rowsMax: Number.MAX_SAFE_INTEGER,
})

/** Keeps the versions of event types that intake announces. */
export const keepEventTypes = operator({
  name: 'event-types',
  input: { version: EventTypeVersion },
  output: nothing,
  writes: eventTypeVersions,
  on: { version: ({ value: { type, json } }) => ({ row: { type, json } }) },
})
