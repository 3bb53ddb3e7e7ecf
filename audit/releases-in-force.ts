import type { Control, Quarantine } from '../schemas/generated.ts'
import { topics } from '../schemas/topics.ts'
import { decodeValue, typeOf } from '../schemas/wire.ts'
import { PartitionReader, type ReadableLog, records, topicRecords } from '../topology/log/log-reader.ts'
import { type ActiveRelease, releaseOf, stoppedAction } from './laws/releases.ts'

const { people, deadLetters } = topics
const { control, quarantine } = people.types

/** Reads what took releases out of force. Every partition has a copy; dead letters tell whether there is any. */
export async function readQuarantines(log: ReadableLog): Promise<readonly Quarantine[]> {
  let isTold = false
  if (log.topics().has(deadLetters.name))
    for await (const { value } of topicRecords(log, deadLetters.name))
      isTold ||= decodeValue(deadLetters.types.letter, value).reason === 'release-quarantined'
  const found: Quarantine[] = []
  if (isTold)
    for await (const { value } of records(log, people.name, 0))
      if (typeOf(people, value) === 'quarantine') found.push(decodeValue(quarantine, value))
  return found
}

/** Follows which release is in force in one partition of `people`, and which one goes on where something threw under it. */
export class ReleasesInForce {
  readonly #log: ReadableLog
  readonly #partition: number
  readonly #quarantines: readonly Quarantine[]
  #active: ActiveRelease | null = null
  #earlier: ActiveRelease | null = null
  /** The release that was in force before records were folded ahead of the present one. */
  #overtaken: ActiveRelease | null = null
  /** The offset of the last record that was folded ahead. */
  #ahead = -1

  constructor(log: ReadableLog, partition: number, quarantines: readonly Quarantine[]) {
    this.#log = log
    this.#partition = partition
    const { name } = people
    this.#quarantines = quarantines.filter(({ position: at }) => at.topic === name && at.partition === partition)
  }

  /** Goes on to a record: applies what was folded ahead of it. */
  async reach(offset: number): Promise<void> {
    this.#overtaken = null
    const ahead = this.#quarantines.find(one => one.position.offset === offset && one.ahead !== null)?.ahead ?? null
    if (ahead !== null) await this.#applyAhead(offset + 1, ahead)
  }

  /** Applies what the record that was reached changes itself. The timers before it have fired by then. */
  take(offset: number, type: keyof typeof people.types, value: Uint8Array): void {
    if (offset > this.#ahead) this.#apply(type, value)
  }

  async #applyAhead(from: number, to: number): Promise<void> {
    this.#overtaken = this.#active
    const reader = new PartitionReader(this.#log, people.name, this.#partition, from)
    for (let page = await reader.page(); page.length > 0; page = await reader.page())
      for (const { offset, value } of page) {
        if (offset > to) return
        if (offset > this.#ahead) this.#apply(typeOf(people, value) as keyof typeof people.types, value)
        this.#ahead = Math.max(this.#ahead, offset)
      }
  }

  /** The release by which a record of this key at this offset was folded. */
  ofRecord(offset: number, key: string): ActiveRelease | null {
    const threw = this.#quarantinesAt(offset, key).some(({ isTimer, ahead }) => !isTimer && ahead === null)
    return threw ? this.#back() : this.#active
  }

  /** The release by which a decision was taken that names this one: another than the one in force only where something threw. */
  ofDecision(offset: number, key: string, hash: string): ActiveRelease | null {
    if (hash === this.#active?.hash) return this.#active
    if (hash === this.#overtaken?.hash) return this.#overtaken
    const back = this.#back()
    return hash === back?.hash && this.#quarantinesAt(offset, key).length > 0 ? back : this.#active
  }

  #quarantinesAt(offset: number, key: string): readonly Quarantine[] {
    return this.#quarantines.filter(
      one => one.position.offset === offset && one.key === key && one.hash === this.#active?.hash,
    )
  }

  #apply(type: keyof typeof people.types, value: Uint8Array): void {
    if (type === 'control') this.#change(decodeValue(control, value))
    if (type === 'quarantine') this.#quarantined(decodeValue(quarantine, value))
  }

  /** Puts a release or a stop in force. A release lifts the stops before it. */
  #change(given: Control): void {
    const stopped = stoppedAction(given)
    const release = releaseOf(given)
    if (stopped !== null && this.#active)
      this.#active = { ...this.#active, stopped: new Set([...this.#active.stopped, stopped]) }
    if (release === null) return
    if (this.#active && this.#active.hash !== release.hash) this.#earlier = this.#active
    this.#active = release
  }

  #quarantined({ hash }: Quarantine): void {
    if (this.#earlier?.hash === hash) this.#earlier = null
    if (this.#active?.hash === hash) this.#active = this.#back() ?? this.#active
  }

  /** The release before the one in force. An action that was stopped under either stays stopped. */
  #back(): ActiveRelease | null {
    const [active, earlier] = [this.#active, this.#earlier]
    if (!active || !earlier || earlier.hash === active.hash) return null
    return { ...earlier, stopped: new Set([...earlier.stopped, ...active.stopped]) }
  }
}
