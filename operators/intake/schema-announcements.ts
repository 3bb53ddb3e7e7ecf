import type { Catalog } from '../../schemas/catalog/catalog.ts'
import { AnnouncedRow, EventTypeVersion, Observed } from '../../schemas/generated.ts'
import { table } from '../../state/table.ts'
import { operator, to } from '../operator.ts'

/** The versions of event types that a task of intake has announced. */
const announced = table<AnnouncedRow>('announced-schemas', {
  schema: AnnouncedRow,
  scope: 'partition',
  empty: { hashes: [] },
})

/** Sends a version of an event type to every partition of `people` before the first payload that it wrote (docs/protocol.md, "Exactly once", 15). */
export const schemaAnnouncements = ({ catalog }: { readonly catalog: Catalog }) =>
  operator({
    name: 'schema-announcements',
    input: { observed: Observed },
    output: { observed: Observed, schema: EventTypeVersion },
    writes: announced,
    on: {
      observed({ value }, row) {
        const { type, schema: hash } = value
        const onward = to('observed', value)
        if (row.hashes.includes(hash)) return { emit: [onward] }
        const { json } = catalog.events.get(type)!
        return { row: { hashes: [...row.hashes, hash] }, emit: [to('schema', { hash, type, json }), onward] }
      },
    },
  })
