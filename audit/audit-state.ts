import type { Quarantine } from '../schemas/generated.ts'
import type { Log } from '../topology/log/log.ts'
import type { ReadableLog } from '../topology/log/log-reader.ts'
import type { ConsentStatement } from './laws/consent.ts'
import type { Contact } from './laws/contact-limits.ts'
import type { Unit } from './laws/experiments.ts'
import { type Extent, extentOf } from './laws/extent.ts'
import { IdTable } from './laws/id-table.ts'
import { KnownReferenceData } from './laws/reference-data.ts'
import { Findings } from './laws/report.ts'
import { PendingRewards } from './laws/rewards.ts'
import type { SeenEvents } from './laws/seen-events.ts'
import { type Cancellations, readSends } from './laws/sends.ts'
import type { WaitingDecision } from './laws/waiting.ts'
import { readQuarantines } from './releases-in-force.ts'

/** A person as the audit knows it from the records read so far. */
export interface AuditedPerson {
  contacts: readonly Contact[]
  consents: readonly ConsentStatement[]
  /** Ids of the journeys whose trigger event came. */
  readonly begun: Set<string>
  /** Ids of the journeys whose goal or exit event came. */
  readonly left: Set<string>
  /** The decisions that were deferred and not taken again. */
  readonly waiting: Map<string, WaitingDecision>
  /** Null until the first decision that takes part in experiments. */
  unit: Unit | null
}

/** The state that the audits of all partitions share. */
export interface AuditState {
  /** The log, as far as it is judged. */
  readonly log: ReadableLog
  readonly extent: Extent
  readonly findings: Findings
  readonly ids: IdTable
  readonly pendingRewards: PendingRewards
  readonly cancellations: Cancellations
  /** What took releases out of force. */
  readonly quarantines: readonly Quarantine[]
  /** Decision ids of the sends whose cancellation a withdrawal, a stop or the end of a journey explains. */
  readonly cancelled: Set<string>
  /** Persons by id. A person without history, or one that has merged into another, has no entry. */
  readonly people: Map<string, AuditedPerson>
  /** What each person has had, by person id, so that duplicates are found. */
  readonly seen: Map<string, SeenEvents>
  /** For each merged person, the person that it merged into. */
  readonly moved: Map<string, string>
  /** Merged persons whose rows have left one partition and have not arrived in the other. */
  readonly inTransit: Map<string, AuditedPerson>
  /** The reference data of each partition. */
  readonly referenceData: Map<number, KnownReferenceData>
  /** Whether a record came that can earn a reward. */
  outcomes: boolean
}

/** Reads what later records are checked against: sends, cancellations and rewards. */
export async function readAuditState(log: Log): Promise<AuditState> {
  const findings = new Findings()
  const ids = new IdTable()
  const extent = await extentOf(log)
  return {
    log: extent.log,
    extent,
    findings,
    ids,
    cancellations: await readSends(extent, ids, findings),
    quarantines: await readQuarantines(log),
    pendingRewards: await PendingRewards.read(extent),
    cancelled: new Set(),
    people: new Map(),
    seen: new Map(),
    moved: new Map(),
    inTransit: new Map(),
    referenceData: new Map(),
    outcomes: false,
  }
}

/** Returns the person for update, and creates it where it is new. */
export function auditedPerson({ people }: AuditState, personId: string): AuditedPerson {
  let person = people.get(personId)
  if (!person) {
    person = { contacts: [], consents: [], begun: new Set(), left: new Set(), waiting: new Map(), unit: null }
    people.set(personId, person)
  }
  return person
}

/** Follows merges to the person that an id belongs to now. */
export function resolveMerges({ moved }: AuditState, personId: string): string {
  let now = personId
  for (let to = moved.get(now); to !== undefined && to !== now; to = moved.get(now)) now = to
  return now
}

/** Returns the reference data of a partition for update. */
export function referenceDataOf({ referenceData }: AuditState, partition: number): KnownReferenceData {
  let known = referenceData.get(partition)
  if (!known) {
    known = new KnownReferenceData()
    referenceData.set(partition, known)
  }
  return known
}
