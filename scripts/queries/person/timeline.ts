import { nameOfEvent, nameOfReceipt } from '../../../operators/hashing/ids.ts'
import { builtInData, type Versions } from '../../../schemas/catalog/event-reading.ts'
import type {
  Decision,
  EventTypeVersion,
  JourneyEnded,
  PersonEvent,
  PersonReceipt,
  Position,
  Send,
} from '../../../schemas/generated.ts'
import type { Time, Topic } from '../../../schemas/record.ts'
import { channelsAmong, sendsOn, topics } from '../../../schemas/topics.ts'
import { decodeValue, typeOf } from '../../../schemas/wire.ts'
import type { Log } from '../../../topology/log/log.ts'
import { records } from '../../../topology/log/log-reader.ts'
import { partitionOf } from '../../../topology/log/partitioner.ts'
import { type ActionNames, idWithName } from '../action-names.ts'
import { formatOutcome } from '../decision-line.ts'
import type { PersonIdentity } from './identity.ts'

/** An event, a decision or a change in the history of a person. */
export interface TimelineEntry {
  readonly at: Time
  readonly kind: 'event' | 'link' | 'merge' | 'receipt' | 'decision' | 'cancellation' | 'journey'
  /** A description in plain text. */
  readonly what: string
  /** The id of the event, receipt, decision, journey or merged person. */
  readonly id: string
}

/** Reads the history of a person, and of those who merged into it, from the logs, in order of time. */
export async function timelineOf(
  log: Log,
  identity: PersonIdentity,
  names: ActionNames,
): Promise<readonly TimelineEntry[]> {
  const ids = [identity.personId, ...identity.absorbed]
  const found = [...linkEntries(identity)]
  for await (const one of peopleEntries(log, ids)) found.push(one)
  for await (const { value, timestamp: at } of recordsOf(log, topics.decisions, ids)) {
    const decision = value as Decision
    found.push({ at, kind: 'decision', what: formatOutcome(decision, names), id: decision.decisionId })
  }
  for (const channel of channelsAmong(log.topics().keys()))
    for await (const { value, timestamp: at } of recordsOf(log, sendsOn(channel), ids)) {
      const { kind, actionId, reason, decisionId: id } = value as Send
      if (kind === 'cancel')
        found.push({
          at,
          kind: 'cancellation',
          what: `cancelled ${idWithName(actionId, names)} by ${channel}: ${reason}`,
          id,
        })
    }
  for await (const { value, timestamp: at } of recordsOf(log, topics.journeys, ids)) {
    const { journeyId: id, stage, how } = value as JourneyEnded
    found.push({ at, kind: 'journey', what: `left ${id} at ${stage}: ${how}`, id })
  }
  return found.sort((a, b) => a.at - b.at)
}

const linkEntries = ({ links }: PersonIdentity): TimelineEntry[] =>
  links.map(({ from, to, eventId, at }) => ({ at, kind: 'link', what: `${from} was seen with ${to}`, id: eventId }))

async function* peopleEntries(log: Log, ids: readonly string[]): AsyncGenerator<TimelineEntry> {
  const origins = new Set<string>()
  const names = new Set<string>()
  // A merged person forwards what still comes, so a record stands on `people` once for each hop.
  const isForwarded = ({ topic, partition, offset }: Position): boolean =>
    !added(origins, `${topic}/${partition}/${offset}`)
  const announced = new Map<string, EventTypeVersion>()
  for await (const { type, value, timestamp: at } of recordsOf(log, topics.people, ids, 'schema')) {
    if (type === 'schema') announced.set((value as EventTypeVersion).hash, value as EventTypeVersion)
    if (type === 'event') {
      const event = value as PersonEvent
      if (isForwarded(event.origin)) continue
      const again = added(names, nameOfEvent(event)) ? '' : ', again'
      yield {
        at,
        kind: 'event',
        what: formatEvent(event, { versions: hash => announced.get(hash) }) + again,
        id: event.eventId,
      }
    }
    if (type === 'receipt') {
      const { receiptId, source, kind, decisionId, origin } = value as PersonReceipt
      if (isForwarded(origin)) continue
      const again = added(names, nameOfReceipt(source, receiptId)) ? '' : ', again'
      yield {
        at,
        kind: 'receipt',
        what: `${kind}: what decision ${decisionId.slice(0, 12)} sent${again}`,
        id: receiptId,
      }
    }
    if (type === 'rows') {
      const { from } = value as { readonly from: string }
      yield { at, kind: 'merge', what: `${from} merged into this person`, id: from }
    }
  }
}

/** Adds a text to a set, and tells whether it is new there. */
const added = (to: Set<string>, text: string): boolean => to.size < to.add(text).size

function formatEvent(event: PersonEvent, versions: Versions): string {
  if (event.type === 'consent_unreadable') {
    const { purpose, channel } = builtInData(event, 'consent_unreadable', versions)
    return `a consent that can't be read: no is assumed for ${purpose ?? 'every purpose'} on ${channel ?? 'every channel'}`
  }
  if (event.type !== 'consent_changed') return event.type
  const { status, purpose, channel } = builtInData(event, 'consent_changed', versions)
  return `${status} consent: ${purpose} by ${channel ?? 'every channel'}`
}

/** Reads the records of these keys, and those of one type more, from the partitions in which they can be. */
async function* recordsOf(log: Log, topic: Topic<any>, keys: readonly string[], also = '') {
  const count = log.topics().get(topic.name) ?? 0
  const wanted = new Set(keys)
  for (const partition of new Set(count === 0 ? [] : keys.map(key => partitionOf(key, count))))
    for await (const { key, value, timestamp } of records(log, topic.name, partition)) {
      if (!wanted.has(key) && (also === '' || typeOf(topic, value) !== also)) continue
      const type = typeOf(topic, value)
      yield { type, timestamp, value: decodeValue<unknown>(topic.types[type]!, value) }
    }
}
