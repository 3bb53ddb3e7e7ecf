import { setTimeout as delay } from 'node:timers/promises'
import type { Control } from '../../schemas/generated.ts'
import type { Topic } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { decodeValue, typeOf } from '../../schemas/wire.ts'
import { HistoryWriter, type InputRecord } from '../../topology/history.ts'
import type { Log } from '../../topology/ports.ts'
import type { Topology } from '../../topology/topology.ts'

export interface IngestOptions {
  readonly log: Log
  readonly topology: Topology
  readonly records: AsyncIterable<InputRecord>
  /** Without ticks, as for a live application: infinite. */
  readonly tickMs?: number
  /** Told what is being waited for, and how much has been written. */
  readonly tell: (text: string) => void
}

/** Appended together. */
const chunk = 2000
const pollMs = 100
const tellEveryMs = 10_000

/**
 * Writes history for workers. On a cluster nothing orders one log against another, so what is to decide from the first
 * event on goes first: the releases at the head of the input, and the rest only when every partition has its copy.
 */
export async function ingestInto({ log, topology, records, tickMs, tell }: IngestOptions): Promise<number> {
  const writer = new HistoryWriter(log, topology, tickMs === undefined ? {} : { tickMs })
  const copies = await Copies.begin(log, topology)
  let isAhead = true
  let told = performance.now()
  for await (const record of records) {
    if (isAhead && record.topic === topics.control.name) copies.expect(controlIn(record))
    else if (isAhead) {
      isAhead = false
      await writer.flush()
      await copies.arrived(tell)
    }
    writer.add(record)
    if (writer.waiting < chunk) continue
    await writer.flush()
    if (performance.now() - told > tellEveryMs) {
      told = performance.now()
      tell(`wrote ${writer.written} records`)
    }
  }
  writer.end()
  await writer.flush()
  if (isAhead) await copies.arrived(tell)
  return writer.written
}

const controlIn = ({ value }: InputRecord): Control => decodeValue(topics.control.types.control, value)

interface Place {
  readonly topic: Topic
  readonly partition: number
  next: number
}

/** The copies of control records that intake puts on every partition of the internal logs. */
class Copies {
  readonly #log: Log
  readonly #places: readonly Place[]
  readonly #expected = new Set<string>()

  private constructor(log: Log, places: readonly Place[]) {
    this.#log = log
    this.#places = places
  }

  /** Only what comes from now on counts: an earlier copy of the same release may have been superseded. */
  static async begin(log: Log, { nodes }: Topology): Promise<Copies> {
    const read = new Set(
      nodes.flatMap(node => (node.kind === 'source' && node.topic.types.control ? [node.topic] : [])),
    )
    const places: Place[] = []
    for (const topic of [...read].filter(({ role }) => role === 'internal'))
      for (let partition = 0; partition < log.topics().get(topic.name)!; partition++)
        places.push({ topic, partition, next: await log.end(topic.name, partition) })
    return new Copies(log, places)
  }

  expect({ controlId }: Control): void {
    this.#expected.add(controlId)
  }

  async arrived(tell: (text: string) => void): Promise<void> {
    if (this.#expected.size === 0) return
    let told = Number.NEGATIVE_INFINITY
    const left = new Map(this.#places.map(place => [place, new Set(this.#expected)]))
    for (;;) {
      for (const [place, missing] of left) {
        await this.#look(place, missing)
        if (missing.size === 0) left.delete(place)
      }
      if (left.size === 0) return
      if (performance.now() - told > tellEveryMs) {
        told = performance.now()
        const some = [...left.keys()].map(({ topic, partition }) => `${topic.name}/${partition}`).join(', ')
        tell(`waiting until workers have put the release on ${some}: is \`joai run\` at work?`)
      }
      await delay(pollMs)
    }
  }

  async #look(place: Place, missing: Set<string>): Promise<void> {
    for (const { offset, value } of await this.#log.read(place.topic.name, place.partition, place.next, 1000)) {
      place.next = offset + 1
      if (typeOf(place.topic, value) !== 'control') continue
      missing.delete(decodeValue(place.topic.types.control!, value).controlId)
    }
  }
}
