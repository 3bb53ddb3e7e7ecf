import { NetworkIncident, PriceChanged, ReferenceSet, StockChanged } from './generated.ts'

/** Maps the types of reference data to schemas. A new type also needs an .avsc file and a branch of ReferenceChange. */
export const referenceTypes = {
  reference_set: ReferenceSet,
  stock_changed: StockChanged,
  price_changed: PriceChanged,
  network_incident: NetworkIncident,
} as const

/** The name of a type of reference data. */
export type ReferenceType = keyof typeof referenceTypes

/** Tells whether this is the name of a type of reference data. */
export const isReferenceType = (type: string): type is ReferenceType => Object.hasOwn(referenceTypes, type)
