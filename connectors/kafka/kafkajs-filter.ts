import { createRequire } from 'node:module'
import type { AbortedTransaction } from './protocol/fetch-response.ts'
import type { KafkaRecord } from './protocol/kafka-record.ts'
import { type CommittedBatches, recordBatches, recordsOf } from './protocol/record-batches.ts'

interface Filtered extends KafkaRecord {
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean }
  readonly isControl: boolean
}

const filterAborted = createRequire(import.meta.url)('kafkajs/src/consumer/filterAbortedMessages.js') as (of: {
  readonly messages: readonly Filtered[]
  readonly abortedTransactions: readonly { readonly firstOffset: string; readonly producerId: string }[]
}) => Filtered[]

/**
 * Returns the records that kafkajs 2.2.4 takes for committed. Its filter is wrong: it lets records through where aborts of two
 * producers overlap. Tests use it in place of `committedRecords`, to prove that such damage is found.
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
