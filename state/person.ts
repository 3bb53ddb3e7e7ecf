import { PersonRow } from '../schemas/generated.ts'
import { table } from './table.ts'

/** Who merged into whom. Written by the fold itself on logs whose keys move; any operator there may read it. */
export const person = table('person', { schema: PersonRow, empty: { to: null, version: 0, absorbed: [] } })
