import type { Decision } from '../../schemas/generated.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import type { Time, Topic } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { decodeValue } from '../../schemas/wire.ts'
import { RowSet } from '../../state/row-set.ts'
import { type Plan, plan } from '../graph/plan.ts'
import type { Topology } from '../graph/topology.ts'
import type { LogRecord } from '../log/log.ts'
import { Fold } from '../task/fold.ts'
import type { Emission } from '../task/outputs.ts'
import type { Rows } from '../task/rows.ts'

/** For tests: rows in plain maps. Nothing is fetched, packed, evicted or stored. */
class NaiveRows implements Rows {
  readonly sets = new Map<string, RowSet>()
  readonly partition = new RowSet('')
  readonly #shared = new Map<string, RowSet>()

  of(key: string): RowSet {
    const known = this.sets.get(key)
    if (known) return known
    const set = new RowSet(key)
    this.sets.set(key, set)
    return set
  }

  get sharedCount(): number {
    return [...this.#shared.values()].filter(set => !set.isEmpty).length
  }

  shared(key: string): RowSet | undefined {
    return this.#shared.get(key)
  }

  changeShared(key: string, change: (rows: RowSet) => void): void {
    const set = this.#shared.get(key) ?? new RowSet(key)
    change(set)
    this.#shared.set(key, set)
  }

  markChanged(): void {}
}

/** One hop: a sub-topology at one of its logs, which has one partition. */
interface Hop {
  readonly plan: Plan
  readonly topic: Topic
  readonly rows: NaiveRows
  readonly fold: Fold
  offset: number
}

/**
 * For tests: an oracle of how a history must replay, which shares no scheduling with the engine. There is one naive hop for each
 * log; each input is drained through all of them before the next, and before an input every timer has fired that is due by then.
 * Inputs are given in their order.
 */
export class NaiveHistory {
  readonly decisions: Decision[] = []
  /** What reached each internal log, with its type and time, for counting. */
  readonly passed: { readonly topic: string; readonly emission: Emission }[] = []
  /** Timers that fired strictly between two inputs. */
  firedBetween = 0
  readonly #hops: readonly Hop[]
  #time: Time = Number.NEGATIVE_INFINITY

  constructor(topology: Topology) {
    this.#hops = plan(topology).subTopologies.flatMap(own =>
      own.topics.map(topic => {
        const rows = new NaiveRows()
        return { plan: own, topic, rows, fold: new Fold(own, rows), offset: 0 }
      }),
    )
  }

  /** Takes the next input. */
  feed({ topic, key, value, timestamp }: InputRecord): void {
    this.until(timestamp)
    this.#time = timestamp
    const hop = this.#hops.find(one => one.topic.name === topic)!
    this.#drain([{ hop, record: { key, value, timestamp, offset: hop.offset } }])
  }

  /** Lets time pass. */
  until(time: Time): void {
    for (;;) {
      const due = this.#hops
        .flatMap(hop => [...hop.rows.sets.values()].map(set => ({ hop, key: set.key, due: set.earliestDue })))
        .filter((one): one is typeof one & { due: Time } => one.due !== null && one.due <= time)
        .sort(
          (a, b) => a.due - b.due || this.#hops.indexOf(a.hop) - this.#hops.indexOf(b.hop) || (a.key < b.key ? -1 : 1),
        )
      const first = due[0]
      if (first === undefined) return
      if (first.due > this.#time && first.due < time) this.firedBetween++
      first.hop.fold.timers(first.key, first.due, {
        topic: first.hop.topic.name,
        partition: 0,
        offset: first.hop.offset,
      })
      this.#drain(this.#sent(first.hop))
    }
  }

  #drain(queue: { readonly hop: Hop; readonly record: LogRecord }[]): void {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { hop, record } = next
      hop.offset++
      hop.fold.record(hop.topic, 0, record)
      for (const { table, apply } of hop.fold.broadcasts()) {
        const keys = [...hop.rows.sets.values()].filter(set => set.has(table)).map(({ key }) => key)
        for (const [n, key] of keys.sort().entries()) apply(key, n)
      }
      queue.push(...this.#sent(hop))
    }
  }

  /** Takes what a hop emitted: on to the hops that read it, or out. */
  #sent(from: Hop): { readonly hop: Hop; readonly record: LogRecord }[] {
    const onward: { readonly hop: Hop; readonly record: LogRecord }[] = []
    for (const emission of from.fold.drainEmissions()) {
      const { topic, key, value, timestamp, causeId, path, input: position } = emission
      if (topic === topics.decisions) this.decisions.push(decodeValue(topics.decisions.types.decision, value))
      this.passed.push({ topic: topic.name, emission })
      const hop = this.#hops.find(one => one.topic === topic)
      const cause = { source: '', position, n: 1, causeId, path }
      if (hop) onward.push({ hop, record: { key: key ?? '', value, timestamp, offset: hop.offset, cause } })
    }
    return onward
  }
}
