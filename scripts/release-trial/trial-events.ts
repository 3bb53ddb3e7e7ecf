import type avro from 'avsc'
import { branchesOf } from '../../operators/release/event-fields.ts'
import type { Release } from '../../operators/release/release.ts'
import { catalogOfRelease, typesNamed } from '../../operators/release/release-catalog.ts'
import { builtInEvent } from '../../schemas/catalog/built-in-events.ts'
import type { EventFields, EventSchema } from '../../schemas/catalog/event-schema.ts'
import type { ConsentChange, Identifier } from '../../schemas/generated.ts'
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
function sampleOf({ schema, times }: EventSchema, filling: Filling, at: Time): EventFields {
  const data = sampleValue(schema.type, filling) as Record<string, unknown>
  for (const path of times) setTimes(data, path, at)
  return data
}

/** Sets the times at a path; a list on the way has one in each of its elements. */
function setTimes(value: unknown, [name, ...rest]: readonly string[], at: Time): void {
  if (Array.isArray(value)) for (const one of value) setTimes(one, [name!, ...rest], at)
  else if (typeof value === 'object' && value !== null && name !== undefined) {
    const fields = value as Record<string, unknown>
    if (rest.length > 0) setTimes(fields[name], rest, at)
    else if (Array.isArray(fields[name])) fields[name] = fields[name].map(() => at)
    else if (fields[name] !== null) fields[name] = at
  }
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
function typesRead(release: Release): readonly EventSchema[] {
  const { triggers, features, journeys = [] } = release
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
  const known = typesNamed(catalogOfRelease(release), [...new Set(named)])
  return known.filter(({ name }) => name !== 'consent_changed' && name !== 'consent_unreadable')
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
  const add = (type: EventSchema, filling: Filling, identifiers: readonly Identifier[]) =>
    made.push(eventOf(type, filling, identifiers, from + minutes(made.length + 1)))
  for (const type of typesRead(release)) {
    add(type, 'full', one)
    add(type, 'bare', other)
  }
  const { events } = catalogOfRelease(release)
  for (const [n, { trigger }] of (release.journeys ?? []).entries()) {
    const begin = events.get(trigger.event)
    if (begin) add(begin, 'full', identifiersOf(release, 3 + n))
  }
  add(builtInEvent('identity_linked'), 'bare', [one[0]!, other.at(-1)!])
  return made
}

function eventOf(type: EventSchema, filling: Filling, identifiers: readonly Identifier[], at: Time): InputRecord {
  const value = {
    eventId: `trial/${at}`,
    type: type.name,
    occurredAt: at,
    identifiers,
    source,
    schemaVersion: 1,
    data: { 'joai.OpenData': { fields: sampleOf(type, filling, at) } },
  }
  const { name, types } = topics.events
  return { topic: name, key: identifiers[0]!.value, timestamp: at, value: encodeValue(types.event, value) }
}
