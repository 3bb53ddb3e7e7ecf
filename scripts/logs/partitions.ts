/** Logs that carry little, or whose order over all persons matters. */
export const singlePartition: ReadonlySet<string> = new Set([
  'control',
  'reference',
  'receipts',
  'consents',
  'rewards',
  'identity-changes',
  'dead-letters',
])
