import { schemaAnnouncements } from '../../operators/intake/schema-announcements.ts'
import type { Catalog } from '../../schemas/catalog/catalog.ts'
import type { AnnouncedRow, EventTypeVersion } from '../../schemas/generated.ts'

/** A payload on its way: the version of its type that wrote it, and how often it was passed on. */
interface Payload {
  readonly hash: string
  readonly hops: number
}

type Value =
  | { readonly kind: 'observed' | 'event'; readonly payload: Payload }
  | { readonly kind: 'schema'; readonly version: EventTypeVersion }
  | { readonly kind: 'rows'; readonly waiting: readonly Payload[] }

/** A transaction of a task. Its records in a partition are visible once the marker there says that it was committed. */
interface Transaction {
  isAborted: boolean
  /** The partitions to which it wrote and that have no marker yet. */
  readonly open: Set<string>
}

interface Entry {
  readonly value: Value
  readonly transaction: Transaction
}

/** The state of a task as it committed it last; a start without a store begins with just that. */
interface TaskState {
  readonly position: number
  readonly announced: readonly string[]
  readonly known: readonly string[]
  readonly waiting: readonly Payload[]
}

interface Output {
  readonly to: string
  readonly value: Value
}

/** What is left out, so that it can be seen what for it is there. */
export interface Sabotage {
  /** Reads records of transactions that are still open, or were aborted. */
  readonly readsUncommitted?: boolean
  /** Remembers an announcement one commit before it sends it. */
  readonly announcesLater?: boolean
}

/** How many partitions each log has. */
const partitions = { events: 3, identities: 3, people: 4 } as const

const begin: TaskState = { position: 0, announced: [], known: [], waiting: [] }

/**
 * For tests: intake with its real operator, and stand-ins for stitching and deciding, over partitions in which records of open
 * transactions hold back what comes behind them. Each task appends, commits and crashes in steps, and markers are written at any time
 * after; which step goes next is drawn from the seed.
 */
export class AnnouncementSimulation {
  /** How many payloads were read on `people` whose version was not announced there before, and how many in all. */
  unread = 0
  read = 0
  crashes = 0
  private readonly logs = new Map<string, Entry[]>()
  private readonly states = new Map<string, TaskState>()
  private readonly running = new Map<string, Iterator<void>>()
  private readonly markers: (() => void)[] = []
  private random: number
  private readonly catalogs: readonly Catalog[]
  private readonly sabotage: Sabotage
  private late: readonly Output[] = []

  constructor(seed: number, catalogs: readonly Catalog[], sabotage: Sabotage = {}) {
    this.random = seed + 1
    this.catalogs = catalogs
    this.sabotage = sabotage
  }

  /** Takes this many steps of any tasks, then lets all go quiet without crashes. */
  run(steps: number): void {
    const names = Object.entries(partitions).flatMap(([log, count]) =>
      Array.from({ length: count }, (_, n) => `${log}/${n}`),
    )
    for (let n = 0; n < steps; n++) this.step(names[this.draw(names.length)]!, true)
    for (let n = 0; n < 400; n++) for (const name of names) this.step(name, false)
  }

  private step(name: string, mayCrash: boolean): void {
    if (this.markers.length > 0 && this.draw(3) === 0) this.markers.splice(this.draw(this.markers.length), 1)[0]!()
    let work = this.running.get(name)
    if (work && mayCrash && this.draw(25) === 0) {
      this.crashes++
      work.return?.()
      work = undefined
    }
    work ??= this.work(name)
    this.running.set(name, work)
    if (work.next().done) this.running.delete(name)
  }

  /** One batch of a task: reads, folds, appends and commits. A crash in between aborts what it appended. */
  private *work(name: string): Generator<void, void> {
    const state = this.states.get(name) ?? begin
    const transaction: Transaction = { isAborted: false, open: new Set() }
    let isCommitted = false
    try {
      const { next, outputs } = this.folded(name, state)
      for (const { to, value } of this.anyOrder(outputs)) {
        yield
        transaction.open.add(to)
        this.log(to).push({ value, transaction })
      }
      yield
      isCommitted = true
      this.states.set(name, next)
    } finally {
      transaction.isAborted = !isCommitted
      for (const partition of transaction.open) this.markers.push(() => transaction.open.delete(partition))
    }
  }

  private folded(name: string, state: TaskState): { readonly next: TaskState; readonly outputs: readonly Output[] } {
    const [log] = name.split('/') as ['events' | 'identities' | 'people']
    if (log === 'events') return this.intake(state)
    const outputs: Output[] = []
    let next = state
    for (const { value, at } of this.visible(name, state.position)) {
      if (log === 'identities') outputs.push(this.stitched(value))
      else next = this.decided(value, next, outputs)
      next = { ...next, position: at + 1 }
    }
    // A timer fires, and reads what waits.
    if (log === 'people' && next.waiting.length > 0 && this.draw(4) === 0) {
      for (const payload of next.waiting) this.check(payload, next)
      next = { ...next, waiting: [] }
    }
    return { next, outputs }
  }

  /** Some events of any type, by the catalog that this worker of intake has: others may have been upgraded before it. */
  private intake(state: TaskState): { readonly next: TaskState; readonly outputs: readonly Output[] } {
    const catalog = this.catalogs[this.draw(this.catalogs.length)]!
    const { on } = schemaAnnouncements({ catalog })
    const outputs: Output[] = [...this.late]
    this.late = []
    let row: AnnouncedRow = { hashes: state.announced }
    for (let count = this.draw(3); count > 0; count--) {
      const types = [...catalog.events.values()]
      const { name: type, hash: schema } = types[this.draw(types.length)]!
      const value = { type, schema } as never
      const step = on.observed({ key: '', value, receivedAt: 0, causeId: '', position: null as never }, row, {})
      row = step.row ?? row
      for (const { to, value } of step.emit!)
        if (to === 'schema') outputs.push(...this.announcement(value))
        else
          outputs.push({ to: this.any('identities'), value: { kind: 'observed', payload: { hash: schema, hops: 0 } } })
    }
    return { next: { ...state, announced: row.hashes }, outputs }
  }

  private announcement(version: EventTypeVersion): readonly Output[] {
    const copies = Array.from(
      { length: partitions.people },
      (_, n): Output => ({
        to: `people/${n}`,
        value: { kind: 'schema', version },
      }),
    )
    if (!this.sabotage.announcesLater) return copies
    this.late = copies
    return []
  }

  /** Sends an event to its person, or first to another identifier. */
  private stitched(value: Value): Output {
    const { payload } = value as { readonly payload: Payload }
    const passed = { ...payload, hops: payload.hops + 1 }
    return payload.hops < 2 && this.draw(3) === 0
      ? { to: this.any('identities'), value: { kind: 'observed', payload: passed } }
      : { to: this.any('people'), value: { kind: 'event', payload: { ...payload, hops: 0 } } }
  }

  /** Reads an event, keeps it for later, passes it on for a person who merged, or sends all rows of that person on. */
  private decided(value: Value, state: TaskState, outputs: Output[]): TaskState {
    if (value.kind === 'schema') return { ...state, known: [...new Set([...state.known, value.version.hash])] }
    if (value.kind === 'rows') {
      for (const payload of value.waiting) this.check(payload, state)
      return { ...state, waiting: [...state.waiting, ...value.waiting] }
    }
    const { payload } = value
    if (payload.hops < 3 && this.draw(3) === 0) {
      outputs.push({
        to: this.any('people'),
        value: { kind: 'event', payload: { ...payload, hops: payload.hops + 1 } },
      })
      return state
    }
    this.check(payload, state)
    if (this.draw(5) === 0) {
      outputs.push({ to: this.any('people'), value: { kind: 'rows', waiting: [...state.waiting, payload] } })
      return { ...state, waiting: [] }
    }
    return this.draw(2) === 0 ? { ...state, waiting: [...state.waiting, payload].slice(-5) } : state
  }

  private check({ hash }: Payload, { known }: TaskState): void {
    this.read++
    if (!known.includes(hash)) this.unread++
  }

  /** The next records of a partition, up to the first of an open transaction. */
  private visible(name: string, from: number): readonly { readonly value: Value; readonly at: number }[] {
    const found: { value: Value; at: number }[] = []
    const entries = this.log(name)
    for (let at = from; at < entries.length && found.length < 3; at++) {
      const { value, transaction } = entries[at]!
      if (!this.sabotage.readsUncommitted) {
        if (transaction.open.has(name)) break
        if (transaction.isAborted) continue
      }
      found.push({ value, at })
    }
    return found
  }

  private log(name: string): Entry[] {
    const entries = this.logs.get(name) ?? []
    this.logs.set(name, entries)
    return entries
  }

  /** A producer sends to all partitions at once: only within one of them records keep their order. */
  private *anyOrder(outputs: readonly Output[]): Generator<Output> {
    const rest = [...outputs]
    while (rest.length > 0) {
      const { to } = rest[this.draw(rest.length)]!
      yield rest.splice(
        rest.findIndex(one => one.to === to),
        1,
      )[0]!
    }
  }

  private any(log: 'identities' | 'people'): string {
    return `${log}/${this.draw(partitions[log])}`
  }

  private draw(below: number): number {
    this.random = (Math.imul(this.random, 1664525) + 1013904223) >>> 0
    return (this.random >>> 8) % below
  }
}
