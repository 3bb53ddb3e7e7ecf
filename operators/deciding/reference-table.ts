import { type FeatureValue, ReferenceRow, ReferenceUpdate } from '../../schemas/generated.ts'
import { sharedTable } from '../../state/table.ts'
import { compareText } from '../lists/compare.ts'
import { type MergeBy, mergedById } from '../lists/merge.ts'
import { nothing } from '../nothing.ts'
import { operator } from '../operator.ts'

/**
 * Holds the reference data of products, stores, plans and cells, by keys such as `product/123`; every partition has the
 * same.
 */
export const reference = sharedTable<ReferenceRow>('reference', {
  schema: ReferenceRow,
  empty: { attributes: [], at: 0, origin: null },
  rowsMax: 100_000,
  expires: row => row.attributes.length === 0,
})

/** Keeps the reference data that rules look up. */
export const referenceTable = operator({
  name: 'reference-table',
  input: { update: ReferenceUpdate },
  output: nothing,
  writes: reference,
  on: {
    update({ value: { isWhole, attributes, at, origin } }, row) {
      return { row: { attributes: isWhole ? attributes : mergedById(row.attributes, attributes, byName), at, origin } }
    },
  },
})

/** Attributes, sorted by name; a new value replaces the one before. */
const byName: MergeBy<FeatureValue, string> = {
  id: ({ name }) => name,
  join: (_, coming) => coming,
  compare: (a, b) => compareText(a.name, b.name),
}
