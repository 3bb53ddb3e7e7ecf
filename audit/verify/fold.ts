import { eventData } from '../../schemas/event-data.ts'
import type { Decision, PersonEvent } from '../../schemas/generated.ts'
import { topics } from '../../schemas/topics.ts'
import { decodeValue } from '../../schemas/wire.ts'
import { say, sayTogether, wordOf } from './consent.ts'
import { unitOfBoth } from './experiments.ts'
import { type Contact, pointsOf } from './fatigue.ts'
import type { ActiveRelease } from './releases.ts'
import type { Step } from './step.ts'
import { became, personOf, thingsOf, type World } from './world.ts'

const { people } = topics
/** What became of a send that gives the contact back. */
const givesBack: ReadonlySet<string> = new Set(['bounced', 'rejected'])
/** Why a send is cancelled whose journey was over. */
const journeyEnded = 'journey-ended'
/** Why a send is cancelled whose consent went. */
const consentWithdrawn = 'consent-withdrawn'
/** Why a send is cancelled whose action was stopped. */
const actionStopped = 'action-stopped'
/** What became of a send that is rewarded. */
const earns: ReadonlySet<string> = new Set(['opened', 'clicked', 'converted'])

/** What a record changes before the decision on it: a yes or no counts at once, and so does the end of a journey. */
export function foldBefore(step: Step, world: World): void {
  const { event, record } = step
  if (event) travelled(event, step, world)
  if (event?.type !== 'consent_changed') return
  const person = personOf(world, record.key)
  const word = wordOf(eventData<'consent_changed'>(event), event.eventId, event.origin)
  person.words = say(person.words, word, record.timestamp)
}

/** What a record changes for the decisions after it: contacts made and given back, and persons merged. */
export function foldAfter(step: Step, world: World): void {
  const { type, record, event } = step
  if (type === 'control') stopped(step, world)
  if (type === 'reference') thingsOf(world, step.partition).tell(decodeValue(people.types.reference, record.value))
  if (world.moved.has(record.key)) return
  if (event?.type === 'exposure') exposed(event, step, world)
  if (event?.type === 'redemption') world.outcomes = true
  if (event?.type === 'consent_changed') withdrawn(event, step, world)
  if (type === 'receipt') {
    const { decisionId, kind } = decodeValue(people.types.receipt, record.value)
    if (earns.has(kind)) world.outcomes = true
    if (givesBack.has(kind)) giveBack(world, record.key, decisionId)
  }
  if (type === 'moved') {
    world.moved.set(record.key, decodeValue(people.types.moved, record.value).to)
    world.travelling.set(record.key, personOf(world, record.key))
    world.people.delete(record.key)
  }
  if (type === 'rows') {
    arrived(record.key, decodeValue(people.types.rows, record.value).from, world)
    stopped(step, world)
  }
}

/** The stops in force give back the contacts whose sends they cancelled: of everyone, or of who has just come here. */
function stopped({ record, partition, active }: Step, world: World): void {
  for (const { decisionId, personId, reason } of world.cancellations.get(`${partition}/${record.offset}`) ?? []) {
    const who = became(world, personId)
    const contact = world.people.get(who)?.contacts.find(({ id, imported }) => !imported && id === decisionId)
    if (reason !== actionStopped || !contact || !active?.stopped.has(contact.action.id)) continue
    world.cancelled.add(decisionId)
    giveBack(world, who, decisionId)
  }
}

function arrived(personId: string, from: string, world: World): void {
  const other = world.travelling.get(from)
  if (!other) return
  world.travelling.delete(from)
  const person = personOf(world, personId)
  person.contacts = [...person.contacts, ...other.contacts]
  person.words = sayTogether(person.words, other.words)
  person.unit = unitOfBoth(person.unit, other.unit)
  for (const id of other.begun) person.begun.add(id)
  for (const id of other.left) person.left.add(id)
}

function exposed(event: PersonEvent, { record, active }: Step, world: World): void {
  const { actionId, channel } = eventData<'exposure'>(event)
  const unknown = { id: actionId, group: null, purpose: '', tags: [], placement: null }
  const action = active?.actions.get(actionId) ?? unknown
  const at = record.timestamp
  addContact(
    { id: event.eventId, at, imported: true, channel, action, points: 0, journey: '' },
    record.key,
    active,
    world,
  )
}

/** Books what a decision sends, for the decisions after it. */
export function book(decision: Decision, active: ActiveRelease, world: World): void {
  const { decisionId, outcome, subject, time } = decision
  const action = active.actions.get(outcome.actionId)
  if (!action || (outcome.kind !== 'ACT' && outcome.kind !== 'MANDATORY')) return
  const { channel } = outcome
  const contact = {
    id: decisionId,
    at: time.decidedAt,
    imported: false,
    channel,
    action,
    points: pointsOf(active, channel),
    journey: decision.trigger.journey,
  }
  addContact(contact, subject.personId, active, world)
}

function addContact(contact: Contact, personId: string, active: ActiveRelease | null, world: World): void {
  const person = personOf(world, personId)
  // Twice the longest window: a merge may bring a person whose time is behind.
  const since = contact.at - 2 * (active?.memoryMs ?? 0)
  person.contacts = [...person.contacts.filter(({ at }) => at > since), contact]
  world.claims.contact(contact, personId)
}

/** What happened may begin and end journeys. Those that it ends give back the contacts whose sends were cancelled for it. */
function travelled(event: PersonEvent, { record, partition, active }: Step, world: World): void {
  const journeys = active?.release.journeys ?? []
  if (journeys.length === 0) return
  const person = personOf(world, record.key)
  for (const { id, trigger, goal, exit } of journeys) {
    if (event.type === trigger.event) person.begun.add(id)
    if ([goal, ...exit].some(one => one.event === event.type)) person.left.add(id)
  }
  for (const { decisionId, reason } of world.cancellations.get(`${partition}/${record.offset}`) ?? []) {
    const contact = person.contacts.find(({ id, imported }) => !imported && id === decisionId)
    if (reason !== journeyEnded || !contact || !person.left.has(contact.journey)) continue
    world.cancelled.add(decisionId)
    giveBack(world, record.key, decisionId)
  }
}

/** A withdrawal gives back the contacts whose sends it cancelled. */
function withdrawn(event: PersonEvent, { record, partition }: Step, world: World): void {
  const { purpose, channel, status } = eventData<'consent_changed'>(event)
  const by = `${partition}/${record.offset}`
  for (const { decisionId, reason } of world.cancellations.get(by) ?? []) {
    const contact = world.people.get(record.key)?.contacts.find(({ id }) => id === decisionId)
    const covers = contact && purpose === contact.action.purpose && (channel ?? contact.channel) === contact.channel
    if (!covers || status !== 'withdrawn' || reason !== consentWithdrawn) continue
    world.cancelled.add(decisionId)
    giveBack(world, record.key, decisionId)
  }
}

function giveBack(world: World, personId: string, decisionId: string): void {
  const person = personOf(world, personId)
  person.contacts = person.contacts.filter(({ id, imported }) => imported || id !== decisionId)
}
