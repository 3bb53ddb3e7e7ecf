import type { Metrics } from './metrics.ts'

/** Time that an event spends at one hop: means over batches, of the oldest record of each, in ms. */
export interface Hop {
  /** Topic that the hop reads. */
  readonly topic: string
  /** From the commit of the hop before, or the append of the event, until the worker has read the record. */
  readonly fetchMs: number
  /** From then until the record is folded: waiting for the batch before it and for other tasks, reading rows, folding. */
  readonly foldMs: number
  /** Duration of the transaction. */
  readonly commitMs: number
  /** Age of the event when the transaction is over. */
  readonly ageMs: number
  /** Records in a transaction. */
  readonly batch: number
}

const hops = ['events', 'identities', 'people'] as const

/** Computes the hops of events from two readings of a worker's metrics. */
export function hopsBetween(before: Metrics, after: Metrics): Hop[] {
  const risen = (name: string, labels: Readonly<Record<string, string>>) =>
    after.sum(name, labels) - before.sum(name, labels)
  const ageMs = (topic: string, at: string) => {
    const labels = { topic, at }
    return (1000 * risen('joai_record_age_seconds_sum', labels)) / risen('joai_record_age_seconds_count', labels)
  }
  return hops.map((topic, index) => {
    const [read, folded, committed] = [ageMs(topic, 'read'), ageMs(topic, 'folded'), ageMs(topic, 'committed')]
    const begun = index === 0 ? 0 : ageMs(hops[index - 1]!, 'committed')
    return {
      topic,
      fetchMs: read - begun,
      foldMs: folded - read,
      commitMs: committed - folded,
      ageMs: committed,
      batch: risen('joai_records_total', { topic }) / risen('joai_commits_total', { topic }),
    }
  })
}
