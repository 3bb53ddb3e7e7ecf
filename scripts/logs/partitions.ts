/** Topics with one partition: those with few records, and those whose order over all persons matters. */
export const singlePartitionTopics: ReadonlySet<string> = new Set([
  'control',
  'reference',
  'receipts',
  'consents',
  'rewards',
  'identity-changes',
  'dead-letters',
])
