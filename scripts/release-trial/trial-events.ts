import type avro from 'avsc'
import { branchesOf } from '../../operators/release/event-fields.ts'
import type { Release } from '../../operators/release/release.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import { type EventType, eventTypes, isEventType } from '../../schemas/event-data.ts'
import type { ConsentChange, CustomerEvent, Identifier } from '../../schemas/generated.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { minutes, type Time } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { encodeValue } from '../../schemas/wire.ts'

/** How much of an event is filled in: everything, or only what must be there. */
type Filling = 'full' | 'bare'

const source = 'release-trial'
/** The elements of a list in a full event. */
const elements = 2

/** Makes the data of an event of this type. */
function sampleOf(type: EventType, filling: Filling, at: Time): object {
  const data = sampleValue(eventTypes[type].type, filling) as Readonly<Record<string, unknown>>
  // Deeper times keep their sample: no type has any.
  const times = firstCatalog.events.get(type)!.times.map(([name]) => name!)
  return Object.fromEntries(
    Object.entries(data).map(([name, one]) => [name, times.includes(name) && one !== null ? at : one]),
  )
}

function sampleValue(type: avro.Type, filling: Filling): unknown {
  const branch = branchesOf(type).find(({ typeName }) => typeName !== 'null')
  if (branch) return filling === 'full' ? sampleValue(branch, filling) : null
  const { typeName } = type
  if (typeName === 'record') {
    const { fields } = type as avro.types.RecordType
    return Object.fromEntries(fields.map(field => [field.name, sampleValue(field.type, filling)]))
  }
  if (typeName === 'array') {
    const { itemsType } = type as avro.types.ArrayType
    return filling === 'full' ? Array.from({ length: elements }, () => sampleValue(itemsType, filling)) : []
  }
  if (typeName === 'enum') return (type as avro.types.EnumType).symbols[0]
  if (typeName === 'boolean') return filling === 'full'
  if (typeName === 'string') return filling === 'full' ? 'sample' : ''
  return filling === 'full' ? 1 : 0
}

/** A customer of the trial, as one of the release's types of identifier knows it. */
function identifiersOf({ identifiers }: Release, customer: number): readonly Identifier[] {
  const types = [...identifiers.types].sort((a, b) => a.priority - b.priority)
  return types.map(({ type }) => ({ type, value: `+1202555${String(1000 + customer)}` }))
}

/** Lists the events that a release reads: its triggers, and those of its features and journeys. */
function typesRead({ triggers, features, journeys = [] }: Release): readonly EventType[] {
  const conditions = journeys.flatMap(({ trigger, goal, exit, stages }) => [
    trigger,
    goal,
    ...exit,
    ...stages.flatMap(({ holdUntil, reset }) => [holdUntil, reset]),
  ])
  const named = [
    ...triggers,
    ...features.map(({ event }) => event),
    ...conditions.flatMap(one => (one ? [one.event] : [])),
  ]
  const apart: readonly string[] = ['consent_changed', 'consent_unreadable'] satisfies EventType[]
  return [...new Set(named)].filter(isEventType).filter(type => !apart.includes(type))
}

/** Makes a grant of every purpose of a release, for each customer. */
export function trialConsents(release: Release, at: Time): readonly InputRecord[] {
  const purposes = [...new Set(release.actions.map(({ purpose }) => purpose))]
  return [1, 2].flatMap(customer =>
    purposes.map((purpose, n): InputRecord => {
      const identifiers = identifiersOf(release, customer)
      const change = {
        purpose,
        channel: null,
        status: 'granted',
        lawfulBasis: 'consent',
        jurisdiction: '',
        wordingVersion: '',
        effectiveAt: at,
        recordedAt: at,
      } as const
      const value: ConsentChange = { eventId: `trial/${customer}/${n}`, identifiers: [...identifiers], source, change }
      const { name, types } = topics.consents
      return { topic: name, key: identifiers[0]!.value, timestamp: at, value: encodeValue(types.consent, value) }
    }),
  )
}

/**
 * Makes events of every type that a release reads: full and bare, of one customer each; then one that makes both one person.
 * The event that begins a journey also comes of a customer who does nothing else, so that the stages pass.
 */
export function trialEvents(release: Release, from: Time): readonly InputRecord[] {
  const [one, other] = [identifiersOf(release, 1), identifiersOf(release, 2)]
  const made: InputRecord[] = []
  const add = (type: EventType, filling: Filling, identifiers: readonly Identifier[]) =>
    made.push(eventOf(type, filling, identifiers, from + minutes(made.length + 1)))
  for (const type of typesRead(release)) {
    add(type, 'full', one)
    add(type, 'bare', other)
  }
  for (const [n, { trigger }] of (release.journeys ?? []).entries())
    if (isEventType(trigger.event)) add(trigger.event, 'full', identifiersOf(release, 3 + n))
  add('identity_linked', 'bare', [one[0]!, other.at(-1)!])
  return made
}

function eventOf(type: EventType, filling: Filling, identifiers: readonly Identifier[], at: Time): InputRecord {
  const value = {
    eventId: `trial/${at}`,
    type,
    occurredAt: at,
    identifiers,
    source,
    schemaVersion: 1,
    data: { 'joai.OpenData': { fields: { ...sampleOf(type, filling, at) } } },
  } as CustomerEvent
  const { name, types } = topics.events
  return { topic: name, key: identifiers[0]!.value, timestamp: at, value: encodeValue(types.event, value) }
}
