import type { Metrics } from './metrics.ts'

/** Where the time of an event goes at one hop: means, of the oldest record of each batch, in ms. */
export interface Hop {
  /** The log that is read. */
  readonly topic: string
  /** From the commit of the hop before, or the append of the event, until the worker has the records. */
  readonly fetchMs: number
  /** Until they are folded: the batch before them, others' turns, their rows, and the fold. */
  readonly foldMs: number
  /** The transaction. */
  readonly commitMs: number
  /** Since the event was appended, when it is over. */
  readonly ageMs: number
  /** Records of a transaction. */
  readonly batch: number
}

const hops = ['events', 'identities', 'people'] as const

/** The way of an event through the logs, as a worker's metrics tell between two moments. */
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
