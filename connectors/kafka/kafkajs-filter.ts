import { createRequire } from 'node:module'
import type { AbortedTransaction } from './protocol/fetch-response.ts'
import { type CommittedBatches, type KafkaRecord, recordBatches, recordsOf } from './protocol/record-batches.ts'

interface Filtered extends KafkaRecord {
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean }
  readonly isControl: boolean
}

const filterAborted = createRequire(import.meta.url)('kafkajs/src/consumer/filterAbortedMessages.js') as (of: {
  readonly messages: readonly Filtered[]
  readonly abortedTransactions: readonly { readonly firstOffset: string; readonly producerId: string }[]
}) => Filtered[]

/**
 * What kafkajs 2.2.4 takes for committed, which is not: it leaks where aborts of two producers overlap. For tests of
 * the check that finds such damage, in place of `committedRecords`.
 */
export function committedByKafkajs(
  batches: Buffer,
  from: number,
  aborted: readonly AbortedTransaction[],
): CommittedBatches {
  const messages: Filtered[] = []
  let next = from
  for (const batch of recordBatches(batches)) {
    const { isControl, lastOffset } = batch
    const batchContext = { producerId: String(batch.producerId), inTransaction: batch.isTransactional }
    for (const record of recordsOf(batch))
      if (record.offset >= from) messages.push({ ...record, batchContext, isControl })
    next = Math.max(next, lastOffset + 1)
  }
  const abortedTransactions = aborted.map(({ firstOffset, producerId }) => ({
    firstOffset: String(firstOffset),
    producerId: String(producerId),
  }))
  return { records: filterAborted({ messages, abortedTransactions }).filter(record => !record.isControl), next }
}
