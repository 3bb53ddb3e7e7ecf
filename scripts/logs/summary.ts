import { nameOfEvent } from '../../operators/hashing/ids.ts'
import type { Decision } from '../../schemas/generated.ts'
import type { Topic } from '../../schemas/record.ts'
import { channelsAmong, sendsOn, topics } from '../../schemas/topics.ts'
import { decodeValue, typeOf } from '../../schemas/wire.ts'
import type { Log } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'

/** The result of a run of the main topology, counted from its logs alone. */
export interface RunSummary {
  /** Events by type, each event id once. */
  readonly counts: Readonly<Record<string, number>>
  readonly persons: number
  readonly merges: number
  /** Decisions that events triggered. */
  readonly decisions: number
  readonly timerDecisions: number
  readonly outcomes: Readonly<Record<string, number>>
  readonly silences: number
  readonly deferrals: number
  readonly sends: number
  readonly cancellations: number
  readonly actionsSent: Readonly<Record<string, number>>
  readonly removedBy: Readonly<Record<string, number>>
  readonly redemptionPairsJoined: number
  readonly rewards: number
  readonly deadLetters: number
}

/** Reads every value of one type on a topic, partition by partition. */
export async function* values<V>(log: Log, topic: Topic<any>, type: string): AsyncGenerator<V> {
  for (let partition = 0; partition < (log.topics().get(topic.name) ?? 0); partition++)
    for await (const { value } of records(log, topic.name, partition))
      if (typeOf(topic, value) === type) yield decodeValue(topic.types[type]!, value)
}

/** Counts the records of one type on a topic. */
export async function countOf(log: Log, topic: Topic<any>, type: string): Promise<number> {
  let count = 0
  for (let partition = 0; partition < (log.topics().get(topic.name) ?? 0); partition++)
    for await (const { value } of records(log, topic.name, partition)) if (typeOf(topic, value) === type) count++
  return count
}

/** Counts by name. */
class Tally {
  readonly #counts = new Map<string, number>()
  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }
  of(name: string): number {
    return this.#counts.get(name) ?? 0
  }
  get sorted(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

/** Summarizes a run in one pass over its logs. */
export async function summarize(log: Log): Promise<RunSummary> {
  const people = await peopleOf(log)
  const kinds = new Tally()
  const removedBy = new Tally()
  let decisions = 0
  let timerDecisions = 0
  for await (const decision of values<Decision>(log, topics.decisions, 'decision')) {
    if (decision.trigger.eventId === '') timerDecisions++
    else decisions++
    kinds.add(decision.outcome.kind)
    for (const { removedBy: removal } of decision.candidates) if (removal) removedBy.add(removal.reason)
  }
  const actionsSent = new Tally()
  const sendKinds = new Tally()
  for (const channel of channelsAmong(log.topics().keys()))
    for await (const send of values<{ kind: string; actionId: string }>(log, sendsOn(channel), 'send')) {
      sendKinds.add(send.kind)
      if (send.kind === 'send') actionsSent.add(send.actionId)
    }
  const pairs = new Set<string>()
  let rewards = 0
  for await (const reward of values<{ personId: string; actionId: string; kind: string }>(
    log,
    topics.rewards,
    'reward',
  )) {
    rewards++
    if (reward.kind === 'converted') pairs.add(`${reward.personId}\u0000${reward.actionId}`)
  }
  return {
    ...people,
    decisions,
    timerDecisions,
    outcomes: kinds.sorted,
    silences: kinds.of('SILENCE'),
    deferrals: kinds.of('DEFER'),
    sends: sendKinds.of('send'),
    cancellations: sendKinds.of('cancel'),
    actionsSent: actionsSent.sorted,
    removedBy: removedBy.sorted,
    redemptionPairsJoined: pairs.size,
    rewards,
    deadLetters: await recordCount(log, topics.deadLetters.name),
  }
}

async function peopleOf(log: Log): Promise<Pick<RunSummary, 'counts' | 'persons' | 'merges'>> {
  const counts = new Tally()
  const seen = new Set<string>()
  const persons = new Set<string>()
  const merged = new Set<string>()
  for (let partition = 0; partition < (log.topics().get(topics.people.name) ?? 0); partition++)
    for await (const { key, value } of records(log, topics.people.name, partition)) {
      const type = typeOf(topics.people, value)
      if (type === 'moved') {
        merged.add(key)
        // The person that it merged into may have no events of its own.
        persons.add(decodeValue(topics.people.types.moved, value).to)
      }
      if (type !== 'event') continue
      persons.add(key)
      const event = decodeValue(topics.people.types.event, value)
      // A forwarded event stands on `people` once for each hop. Two customers may have an event of one id.
      const name = `${nameOfEvent(event)} ${event.personId}`
      if (seen.has(name)) continue
      seen.add(name)
      counts.add(event.type)
    }
  return {
    counts: counts.sorted,
    persons: [...persons].filter(person => !merged.has(person)).length,
    merges: merged.size,
  }
}

/** Counts the offsets of a topic. */
export async function recordCount(log: Log, topic: string): Promise<number> {
  let count = 0
  for (let partition = 0; partition < (log.topics().get(topic) ?? 0); partition++)
    count += await log.end(topic, partition)
  return count
}
