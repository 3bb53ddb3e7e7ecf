import type { Log } from '../../topology/log/log.ts'
import type { Word } from './consent.ts'
import type { Unit } from './experiments.ts'
import type { Contact } from './fatigue.ts'
import { IdTable } from './id-table.ts'
import { KnownThings } from './reference.ts'
import { Findings } from './report.ts'
import { Claims } from './rewards.ts'
import { type Cancellations, readSends } from './sends.ts'

/** What the log has said of a person so far. */
export interface Person {
  contacts: readonly Contact[]
  words: readonly Word[]
  /** Journeys whose trigger came, and those whose goal or exit did. */
  readonly begun: Set<string>
  readonly left: Set<string>
  /** Null before the first decision under experiments. */
  unit: Unit | null
}

/** What the walks over all partitions share. */
export interface World {
  readonly log: Log
  readonly findings: Findings
  readonly ids: IdTable
  readonly claims: Claims
  readonly cancellations: Cancellations
  /** The sends that a withdrawal, or the end of a journey, did cancel. */
  readonly cancelled: Set<string>
  /** Persons that are here; one that nothing was said of yet has no entry. */
  readonly people: Map<string, Person>
  /** Where merged persons went. */
  readonly moved: Map<string, string>
  /** Merged persons whose rows are still on their way. */
  readonly travelling: Map<string, Person>
  /** What each partition was told of things that are no persons. */
  readonly things: Map<number, KnownThings>
  /** Whether anything came that can be rewarded. */
  outcomes: boolean
}

/** Reads first what later records are judged by: sends, cancellations and rewards. */
export async function worldOf(log: Log): Promise<World> {
  const findings = new Findings()
  const ids = new IdTable()
  return {
    log,
    findings,
    ids,
    cancellations: await readSends(log, ids, findings),
    claims: await Claims.read(log),
    cancelled: new Set(),
    people: new Map(),
    moved: new Map(),
    travelling: new Map(),
    things: new Map(),
    outcomes: false,
  }
}

/** The person, to be changed. */
export function personOf({ people }: World, personId: string): Person {
  let person = people.get(personId)
  if (!person) {
    person = { contacts: [], words: [], begun: new Set(), left: new Set(), unit: null }
    people.set(personId, person)
  }
  return person
}

/** Who a person has become by merges. */
export function became({ moved }: World, personId: string): string {
  let now = personId
  for (let to = moved.get(now); to !== undefined && to !== now; to = moved.get(now)) now = to
  return now
}

/** What a partition was told, to be added to. */
export function thingsOf({ things }: World, partition: number): KnownThings {
  let known = things.get(partition)
  if (!known) {
    known = new KnownThings()
    things.set(partition, known)
  }
  return known
}
