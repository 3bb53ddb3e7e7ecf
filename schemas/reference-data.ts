import { NetworkIncident, PriceChanged, ReferenceSet, StockChanged } from './generated.ts'

/** What `reference` can say. A type is added here, as an .avsc file, and as a branch of ReferenceChange. */
export const referenceTypes = {
  reference_set: ReferenceSet,
  stock_changed: StockChanged,
  price_changed: PriceChanged,
  network_incident: NetworkIncident,
} as const

export type ReferenceType = keyof typeof referenceTypes

export const isReferenceType = (type: string): type is ReferenceType => Object.hasOwn(referenceTypes, type)
