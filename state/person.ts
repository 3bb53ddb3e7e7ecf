import { PersonRow } from '../schemas/generated.ts'
import { table } from './table.ts'

/**
 * Keeps which persons merged. The fold itself writes it, on logs whose keys are persons; every operator there may read
 * it.
 */
export const person = table('person', { schema: PersonRow, empty: { to: null, version: 0, absorbed: [] } })
