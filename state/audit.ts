import { AuditRow } from '../schemas/generated.ts'
import { table } from './table.ts'

/** Keeps the end of a partition's chain of sealed records. The fold itself writes it. */
export const audit = table('audit', { schema: AuditRow, scope: 'partition', empty: { hash: '', length: 0 } })
