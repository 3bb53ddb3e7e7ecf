import type { CustomerEvent, DeadLetter, Decision, PersonEvent } from '../../schemas/generated.ts'
import { channels, sends, topics } from '../../schemas/topics.ts'
import { BadRecord, decodeValue, typeOf } from '../../schemas/wire.ts'
import type { Log } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'
import { values } from '../logs/summary.ts'

/** What stands in the topics of a cluster, counted by nothing but them. */
export interface Account {
  /** Records of `events`. */
  readonly events: number
  /** Events that ask for a decision, each once. */
  readonly triggers: number
  /** Also those that a timer asked for. */
  readonly decisions: number
  /** Events that reached nobody, triggers without a decision, and holes in what a task sent. */
  readonly missing: number
  /** Decisions that were taken twice, sends that stand twice, and records that a task sent twice. */
  readonly duplicates: number
  /** The first of them, in words. */
  readonly findings: readonly string[]
}

const findingsMax = 10

/** Counts what came in against what came of it, and what each task says that it sent against what is there. */
export async function accountOf(log: Log, asking: ReadonlySet<string>): Promise<Account> {
  const book = new Book()
  const decided = await decisionsIn(log, book)
  await sendsIn(log, book)
  const { seen, triggers } = await peopleOf(log, asking)
  for (const eventId of triggers) if (!decided.has(eventId)) book.misses(`the event ${eventId} led to no decision`)
  const events = await eventsIn(log, seen, book)
  await sentIn(log, book)
  const { missing, duplicates, findings, decisions } = book
  return { events, triggers: triggers.size, decisions, missing, duplicates, findings }
}

class Book {
  missing = 0
  duplicates = 0
  decisions = 0
  readonly findings: string[] = []

  misses(what: string, count = 1): void {
    this.missing += count
    this.#note(what)
  }

  doubles(what: string): void {
    this.duplicates++
    this.#note(what)
  }

  #note(what: string): void {
    if (this.findings.length < findingsMax) this.findings.push(what)
  }
}

/** The events that were decided on. */
async function decisionsIn(log: Log, book: Book): Promise<Set<string>> {
  const ids = new Set<string>()
  const decided = new Set<string>()
  for await (const { decisionId, trigger } of values<Decision>(log, topics.decisions, 'decision')) {
    book.decisions++
    if (ids.has(decisionId)) book.doubles(`the decision ${decisionId} stands twice`)
    ids.add(decisionId)
    decided.add(trigger.eventId)
  }
  return decided
}

async function sendsIn(log: Log, book: Book): Promise<void> {
  const keys = new Set<string>()
  for (const channel of channels)
    for await (const { value } of everywhere(log, sends[channel].name)) {
      if (typeOf(sends[channel], value) !== 'send') continue
      const { kind, idempotencyKey } = decodeValue(sends[channel].types.send, value)
      const key = `${kind} ${idempotencyKey}`
      if (keys.has(key)) book.doubles(`the ${key} stands twice on ${channel}`)
      keys.add(key)
    }
}

async function peopleOf(log: Log, asking: ReadonlySet<string>): Promise<{ seen: Set<string>; triggers: Set<string> }> {
  const seen = new Set<string>()
  const triggers = new Set<string>()
  for await (const { eventId, type } of values<PersonEvent>(log, topics.people, 'event')) {
    seen.add(eventId)
    if (asking.has(type)) triggers.add(eventId)
  }
  return { seen, triggers }
}

/** How many events came in. Each must have reached a person, or be a dead letter. */
async function eventsIn(log: Log, seen: ReadonlySet<string>, book: Book): Promise<number> {
  const letters = new Set<string>()
  for await (const { position } of values<DeadLetter>(log, topics.deadLetters, 'letter'))
    letters.add(`${position.topic}/${position.partition}/${position.offset}`)
  let count = 0
  const { events } = topics
  for await (const { value, place } of everywhere(log, events.name)) {
    const event = eventIn(value)
    if (event === 'tick') continue
    count++
    if (!letters.has(place) && (event === null || !seen.has(event.eventId)))
      book.misses(`the event at ${place} came to nobody`)
  }
  return count
}

function eventIn(value: Uint8Array): CustomerEvent | 'tick' | null {
  const { events } = topics
  try {
    if (typeOf(events, value) === 'tick') return 'tick'
    return decodeValue(events.types.event, value)
  } catch (error) {
    if (error instanceof BadRecord) return null
    throw error
  }
}

/** Each task counts what it sends to each partition, from 1. */
async function sentIn(log: Log, book: Book): Promise<void> {
  for (const topic of log.topics().keys()) {
    const last = new Map<string, number>()
    for await (const { cause, place, partition } of everywhere(log, topic)) {
      if (!cause) continue
      const { source, n } = cause
      const to = `${source} to ${topic}/${partition}`
      const before = last.get(to) ?? 0
      if (n <= before) book.doubles(`${place} is number ${n} from ${to}, which stands there already`)
      else if (n > before + 1)
        book.misses(`before ${place}, ${n - before - 1} records from ${to} are missing`, n - before - 1)
      last.set(to, Math.max(n, before))
    }
  }
}

async function* everywhere(log: Log, topic: string) {
  for (let partition = 0; partition < (log.topics().get(topic) ?? 0); partition++)
    for await (const record of records(log, topic, partition))
      yield { ...record, partition, place: `${topic}/${partition}/${record.offset}` }
}
