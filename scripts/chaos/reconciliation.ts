import { triggersNothing } from '../../operators/release/backfill.ts'
import type { Release } from '../../operators/release/release.ts'
import type { DeadLetter, Decision, PersonEvent, Position } from '../../schemas/generated.ts'
import { channelsAmong, sendsOn, topics } from '../../schemas/topics.ts'
import { BadRecord, decodeValue, typeOf } from '../../schemas/wire.ts'
import type { Log } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'
import { values } from '../logs/summary.ts'

/** Counts taken from the topics of a cluster, and from nothing else. */
export interface Reconciliation extends SequenceCounts {
  /** Records of `events`. */
  readonly events: number
  /** Events that ask for a decision, each counted once. */
  readonly triggers: number
  /** Decisions, those on timers included. */
  readonly decisions: number
}

/** Counts of what is missing or there twice; of a topology of someone's own, by the sequence numbers of its tasks alone. */
export interface SequenceCounts {
  /** Gaps in the sequence numbers of a task, events that reached no person, and triggers without a decision. */
  readonly missing: number
  /** Records of a task, decisions and sends that were written twice. */
  readonly duplicates: number
  /** Descriptions of the first few of them. */
  readonly findings: readonly string[]
}

const findingsMax = 10

/** Matches events with decisions, and the sequence numbers of each task's records with what its targets hold. */
export async function reconcile(log: Log, release: Release): Promise<Reconciliation> {
  const mismatches = new Mismatches()
  const decided = await decisionsIn(log, mismatches)
  await sendsIn(log, mismatches)
  const { origins, asked, moved } = await peopleOf(log, release)
  const answered = new Set(decided.map(one => nameAt(one, moved)))
  const triggers = new Set(asked.map(one => nameAt(one, moved)))
  for (const name of triggers) if (!answered.has(name)) mismatches.addMissing(`the event ${name} led to no decision`)
  const events = await eventsIn(log, origins, mismatches)
  await checkSequences(log, mismatches)
  const { missing, duplicates, findings, decisions } = mismatches
  return { events, triggers: triggers.size, decisions, missing, duplicates, findings }
}

/** Checks the sequence numbers of each task's records with what its targets hold. */
export async function reconcileSequences(log: Log): Promise<SequenceCounts> {
  const mismatches = new Mismatches()
  await checkSequences(log, mismatches)
  const { missing, duplicates, findings } = mismatches
  return { missing, duplicates, findings }
}

class Mismatches {
  missing = 0
  duplicates = 0
  decisions = 0
  readonly findings: string[] = []

  addMissing(what: string, count = 1): void {
    this.missing += count
    this.#note(what)
  }

  addDuplicate(what: string): void {
    this.duplicates++
    this.#note(what)
  }

  #note(what: string): void {
    if (this.findings.length < findingsMax) this.findings.push(what)
  }
}

/** An event at a person: two customers, and two sources, may have events of one id. */
interface EventAt {
  readonly personId: string
  readonly source: string
  readonly eventId: string
}

/** Names an event at the person that its person has become. */
function nameAt({ personId, source, eventId }: EventAt, moved: ReadonlyMap<string, string>): string {
  let now = personId
  for (let to = moved.get(now); to !== undefined; to = moved.get(now)) now = to
  return JSON.stringify([now, source, eventId])
}

/** Collects the events that led to a decision. */
async function decisionsIn(log: Log, mismatches: Mismatches): Promise<readonly EventAt[]> {
  const ids = new Set<string>()
  const decided: EventAt[] = []
  for await (const { decisionId, subject, trigger } of values<Decision>(log, topics.decisions, 'decision')) {
    mismatches.decisions++
    if (ids.has(decisionId)) mismatches.addDuplicate(`the decision ${decisionId} was written twice`)
    ids.add(decisionId)
    const { source, eventId } = trigger
    if (eventId !== '') decided.push({ personId: subject.personId, source, eventId })
  }
  return decided
}

async function sendsIn(log: Log, mismatches: Mismatches): Promise<void> {
  const keys = new Set<string>()
  for (const channel of channelsAmong(log.topics().keys()))
    for await (const { value } of recordsOfTopic(log, sendsOn(channel).name)) {
      if (typeOf(sendsOn(channel), value) !== 'send') continue
      const { kind, idempotencyKey } = decodeValue(sendsOn(channel).types.send, value)
      const key = `${kind} ${idempotencyKey}`
      if (keys.has(key)) mismatches.addDuplicate(`the ${key} was written twice to ${channel}`)
      keys.add(key)
    }
}

/** Collects the input positions of the events that reached a person, those that ask for a decision, and the merges. */
async function peopleOf(log: Log, release: Release) {
  const origins = new Set<string>()
  const asked: EventAt[] = []
  const moved = new Map<string, string>()
  const asking = new Set(release.triggers)
  for await (const { key, value, timestamp } of recordsOfTopic(log, topics.people.name)) {
    const type = typeOf(topics.people, value)
    if (type === 'moved') moved.set(key, decodeValue(topics.people.types.moved, value).to)
    if (type !== 'event') continue
    const event: PersonEvent = decodeValue(topics.people.types.event, value)
    origins.add(nameOfPosition(event.origin))
    const { source, eventId } = event
    if (asking.has(event.type) && !triggersNothing(event, timestamp, release))
      asked.push({ personId: key, source, eventId })
  }
  return { origins, asked, moved }
}

const nameOfPosition = ({ topic, partition, offset }: Position): string => `${topic}/${partition}/${offset}`

/** Counts the events of the input. Each must have reached a person, or be a dead letter. */
async function eventsIn(log: Log, origins: ReadonlySet<string>, mismatches: Mismatches): Promise<number> {
  const deadLetters = new Set<string>()
  for await (const { position } of values<DeadLetter>(log, topics.deadLetters, 'letter'))
    deadLetters.add(nameOfPosition(position))
  let count = 0
  const { events } = topics
  for await (const { value, position } of recordsOfTopic(log, events.name)) {
    if (isTick(value)) continue
    count++
    if (!deadLetters.has(position) && !origins.has(position))
      mismatches.addMissing(`the event at ${position} reached no person`)
  }
  return count
}

function isTick(value: Uint8Array): boolean {
  try {
    return typeOf(topics.events, value) === 'tick'
  } catch (error) {
    if (error instanceof BadRecord) return false
    throw error
  }
}

/** Checks sequence numbers: each task numbers the records that it sends to a partition, from 1. */
async function checkSequences(log: Log, mismatches: Mismatches): Promise<void> {
  for (const topic of log.topics().keys()) {
    const last = new Map<string, number>()
    for await (const { cause, position, partition } of recordsOfTopic(log, topic)) {
      if (!cause) continue
      const { source, n } = cause
      const to = `${source} to ${topic}/${partition}`
      const before = last.get(to) ?? 0
      if (n <= before) mismatches.addDuplicate(`${position} is number ${n} from ${to}, which was written already`)
      else if (n > before + 1)
        mismatches.addMissing(`before ${position}, ${n - before - 1} records from ${to} are missing`, n - before - 1)
      last.set(to, Math.max(n, before))
    }
  }
}

async function* recordsOfTopic(log: Log, topic: string) {
  for (let partition = 0; partition < (log.topics().get(topic) ?? 0); partition++)
    for await (const record of records(log, topic, partition))
      yield { ...record, partition, position: `${topic}/${partition}/${record.offset}` }
}
