import type { IdentityChange, PersonMembersRow, ReleaseRow, Token } from '../../schemas/generated.ts'
import { topics } from '../../schemas/topics.ts'
import { identifiers, identityStitching } from '../stitching/identity-stitching.ts'
import { personMerging, persons } from '../stitching/person-merging.ts'
import { frozen } from './fixtures.ts'

interface Sent {
  readonly log: 'identities' | 'people'
  readonly type: string
  readonly key: string
  readonly bytes: Uint8Array
  readonly receivedAt: number
}

/** A person as `people` knows it in this model: the events it had, or the person that it merged into (docs/protocol.md, "Identity", 7 to 9). */
interface Held {
  readonly to: string | null
  readonly events: readonly string[]
}

/** Beyond so many deliveries, something circulates for ever. */
const stepsMax = 20_000
const nobody: Held = { to: null, events: [] }

/** The release that a partition of `identities` has at a step. */
export type RulesFor = (partition: number, step: number) => ReleaseRow

/**
 * For tests: the two logs in partitions, with the real operators on `identities` and a stand-in for the fold on `people`. From a
 * source to a partition records keep their order; which source goes next is drawn from the seed. Rows and records travel as bytes.
 */
export class IdentitySimulation {
  /** The rows stored, by table and key. */
  readonly rows = new Map<string, Uint8Array>()
  readonly held = new Map<string, Held>()
  readonly changes: IdentityChange[] = []
  readonly observed: { readonly eventId: string; readonly tokens: readonly Token[] }[] = []
  /** How many records of each type were sent; how many rejected; how many had to wait for a verdict. */
  readonly counts: Record<string, number> = { rejected: 0, waited: 0 }
  private readonly stitching = identityStitching({ secret: 'a secret' })
  private readonly queues = new Map<string, Sent[]>()
  private readonly partitions: number
  private readonly rulesFor: RulesFor
  private random: number
  private steps = 0

  constructor(partitions: number, seed: number, rulesFor: RulesFor) {
    this.partitions = partitions
    this.random = seed
    this.rulesFor = rulesFor
  }

  /** An event with these identifiers passes the door. */
  observe(...tokens: readonly Token[]) {
    const eventId = `e${this.observed.length}`
    this.observed.push({ eventId, tokens })
    const origin = { topic: 'events', partition: 0, offset: 0 }
    const event = { eventId, type: 'page_viewed', occurredAt: 0, source: '', origin, payload: Buffer.of(1), schema: '' }
    this.send(`door/${this.draw(3)}`, 'identities', 'observed', { ...event, tokens }, this.observed.length * 1000)
  }

  /** Delivers until nothing is under way. */
  settle() {
    const last = this.steps + stepsMax
    while (this.queues.size > 0) {
      if (this.steps++ === last) throw new Error('it does not go quiet')
      const paths = [...this.queues.keys()]
      const path = paths[this.draw(paths.length)]!
      const queue = this.queues.get(path)!
      const next = queue.shift()!
      if (queue.length === 0) this.queues.delete(path)
      if (next.log === 'identities') this.stitch(next)
      else this.hold(next)
    }
  }

  person(id: string): PersonMembersRow {
    return this.row(persons, id)
  }

  /** Follows a person to the one that its records end at; the two logs must agree on it. */
  current(id: string): string {
    const { to } = this.person(id)
    if ((this.held.get(id)?.to ?? null) !== to) throw new Error('people and identities disagree')
    return to === null ? id : this.current(to)
  }

  private stitch({ type, key, bytes, receivedAt }: Sent) {
    const partition = this.partitionOf(key)
    const isOfIdentifier = type === 'observed' || type === 'linked'
    const table: any = isOfIdentifier ? identifiers : persons
    const handlers: any = isOfIdentifier ? this.stitching.on : personMerging.on
    const value = (topics.identities.types as any)[type].schema.decode(bytes)
    const position = { topic: 'identities', partition, offset: this.steps }
    const record = frozen({ key, value, receivedAt, causeId: '', position })
    const reads = frozen({ rules: this.rulesFor(partition, this.steps) })
    const step = handlers[type](record, frozen(this.row(table, key)), reads)
    if (step.reject) this.counts.rejected!++
    if (step.row?.inbox?.length > 0) this.counts.waited!++
    if (step.row) this.rows.set(`${table.name}/${key}`, table.schema.encode(step.row))
    if (step.row === null) this.rows.delete(`${table.name}/${key}`)
    for (const { to, value } of step.emit ?? []) {
      const log = to === 'event' || to === 'moved' ? 'people' : 'identities'
      if (to === 'change') this.changes.push(value)
      else this.send(`identities/${partition}`, log, to, value, receivedAt)
    }
  }

  private hold({ type, key, bytes, receivedAt }: Sent) {
    const value = (topics.people.types as any)[type].schema.decode(bytes)
    const { to, events } = this.held.get(key) ?? nobody
    const pass = (kind: string, passed: object) =>
      this.send(`people/${this.partitionOf(key)}`, 'people', kind, passed, receivedAt)
    if (to !== null) pass(type, { ...value, personId: to })
    else if (type === 'event') this.held.set(key, { to, events: [...events, value.eventId] })
    else if (type === 'rows') {
      const moved = value.rows.map(({ table }: { readonly table: string }) => table)
      this.held.set(key, { to, events: [...events, ...moved] })
    } else {
      const rows = events.map(table => ({ table, version: 1, due: null, bytes: Buffer.of() }))
      pass('rows', { personId: value.to, from: key, rows })
      this.held.set(key, { to: value.to, events: [] })
    }
  }

  private send(source: string, log: Sent['log'], type: string, value: unknown, receivedAt: number) {
    const { schema, key: keyOf } = (topics[log].types as any)[type]
    const key = keyOf(value)
    const path = `${source}>${log}/${this.partitionOf(key)}`
    const queue = this.queues.get(path) ?? []
    this.queues.set(path, queue)
    queue.push({ log, type, key, bytes: schema.encode(value), receivedAt })
    this.counts[type] = (this.counts[type] ?? 0) + 1
  }

  private row<R>(table: { readonly name: string; readonly schema: any; readonly empty: R }, key: string): R {
    const bytes = this.rows.get(`${table.name}/${key}`)
    return bytes ? table.schema.decode(bytes) : table.empty
  }

  private draw(below: number): number {
    this.random = (Math.imul(this.random, 1664525) + 1013904223) >>> 0
    return (this.random >>> 8) % below
  }

  private partitionOf(key: string): number {
    let hash = 7
    for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) >>> 0
    return hash % this.partitions
  }
}
