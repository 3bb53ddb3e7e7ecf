import { setTimeout as delay } from 'node:timers/promises'
import type { Control } from '../../schemas/generated.ts'
import type { Topic } from '../../schemas/record.ts'
import { decodeValue, typeOf } from '../../schemas/wire.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log } from '../../topology/log/log.ts'
import { type PartitionReader, readersAtEnd } from '../../topology/log/log-reader.ts'

/** Position of a partition's copy of a control record, from which on it is in effect there. */
export interface RecordPosition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

interface Watched {
  readonly topic: Topic
  readonly reader: PartitionReader
}

/** The copies that were seen, and the partitions that have not got theirs. */
export interface ArrivedCopies {
  readonly places: readonly RecordPosition[]
  readonly missing: readonly string[]
}

const pollMs = 100
const progressEveryMs = 10_000

/** Watches for the copies of control records that intake puts on every partition of the internal logs. */
export class ControlCopies {
  readonly #watched: readonly Watched[]
  readonly #expected = new Set<string>()

  private constructor(watched: readonly Watched[]) {
    this.#watched = watched
  }

  /** Starts at the end of each partition: an earlier copy of the same release may have been superseded. */
  static async begin(log: Log, { nodes }: Topology): Promise<ControlCopies> {
    const read = new Set(
      nodes.flatMap(node => (node.kind === 'source' && node.topic.types.control ? [node.topic] : [])),
    )
    const watched: Watched[] = []
    for (const topic of [...read].filter(({ role }) => role === 'internal'))
      for (const reader of await readersAtEnd(log, topic.name)) watched.push({ topic, reader })
    return new ControlCopies(watched)
  }

  expect(control: Control): void {
    this.#expected.add(idOf(control))
  }

  /**
   * Waits until every partition has all expected copies, but no longer than `withinMs`. `progress` is called every ten seconds
   * with the missing partitions.
   */
  async arrived(progress: (text: string) => void, withinMs = Number.POSITIVE_INFINITY): Promise<ArrivedCopies> {
    if (this.#expected.size === 0) return { places: [], missing: [] }
    const [begun, places] = [performance.now(), [] as RecordPosition[]]
    let reportedAt = Number.NEGATIVE_INFINITY
    const left = new Map(this.#watched.map(one => [one, new Set(this.#expected)]))
    for (;;) {
      for (const [one, missing] of left) {
        places.push(...(await found(one, missing)))
        if (missing.size === 0) left.delete(one)
      }
      const missing = [...left.keys()].map(({ reader: { topic, partition } }) => `${topic}/${partition}`)
      const now = performance.now()
      if (missing.length === 0 || now - begun > withinMs) return { places, missing }
      if (now - reportedAt > progressEveryMs) {
        reportedAt = now
        progress(`waiting until workers have put the release on ${missing.join(', ')}: is \`joai run\` running?`)
      }
      await delay(pollMs)
    }
  }
}

async function found({ topic, reader }: Watched, missing: Set<string>): Promise<RecordPosition[]> {
  const places: RecordPosition[] = []
  for (const { offset, value } of await reader.page()) {
    if (typeOf(topic, value) !== 'control') continue
    if (missing.delete(idOf(decodeValue(topic.types.control!, value))))
      places.push({ topic: topic.name, partition: reader.partition, offset })
  }
  return places
}

const idOf = ({ controlId, hash }: Control): string => `${controlId} ${hash}`
