import { builtInData } from '../schemas/catalog/event-reading.ts'
import type { Decision, PersonEvent } from '../schemas/generated.ts'
import { topics } from '../schemas/topics.ts'
import { decodeValue } from '../schemas/wire.ts'
import { type AuditState, auditedPerson, referenceDataOf, resolveMerges } from './audit-state.ts'
import type { AuditedRecord } from './audited-record.ts'
import { addStatement, assumedStatements, mergeStatements, statementOf, statementsFor } from './laws/consent.ts'
import { budgetCost, type Contact, newestContacts } from './laws/contact-limits.ts'
import { unitOfBoth } from './laws/experiments.ts'
import { idOfEventDecision } from './laws/hashes.ts'
import { type ActiveRelease, isInTime } from './laws/releases.ts'
import { mergeSeen } from './laws/seen-events.ts'
import { waitingDecision, withoutScope } from './laws/waiting.ts'

const { people } = topics
/** The receipts that return a contact, because it did not arrive. */
const returning: ReadonlySet<string> = new Set(['bounced', 'rejected'])
/** The reason of a cancellation after the send's journey ended. */
const journeyEnded = 'journey-ended'
/** The reason of a cancellation after the consent was withdrawn. */
const consentWithdrawn = 'consent-withdrawn'
/** The reason of a cancellation after the action was stopped. */
const actionStopped = 'action-stopped'
/** The receipts that earn a reward. */
const rewarding: ReadonlySet<string> = new Set(['opened', 'clicked', 'converted'])

/** Applies what counts for the decision on the same record: consent, and the begin and end of journeys. */
export function updateBeforeDecision(current: AuditedRecord, state: AuditState): void {
  const { event, record } = current
  if (event) applyJourneys(event, current, state)
  if (event?.type === 'consent_unreadable') {
    const person = auditedPerson(state, record.key)
    for (const statement of assumedStatements(builtInData(event, 'consent_unreadable', current.versions), event.origin))
      person.consents = addStatement(person.consents, statement, record.timestamp)
  }
  if (event?.type !== 'consent_changed') return
  const person = auditedPerson(state, record.key)
  const statement = statementOf(builtInData(event, 'consent_changed', current.versions), event)
  person.consents = addStatement(person.consents, statement, record.timestamp)
}

/** Applies what counts for later decisions: contacts made and returned, and merges of persons. */
export function updateAfterDecision(current: AuditedRecord, state: AuditState): void {
  const { type, record, event } = current
  if (type === 'control') applyStops(current, state)
  if (type === 'reference')
    referenceDataOf(state, current.partition).update(decodeValue(people.types.reference, record.value))
  if (state.moved.has(record.key)) return
  if (event?.type === 'exposure') applyExposure(event, current, state)
  if (event?.type === 'redemption') state.outcomes = true
  if (event?.type.startsWith('consent_')) applyWithdrawal(event, current, state)
  if (type === 'receipt') {
    const { decisionId, kind } = decodeValue(people.types.receipt, record.value)
    if (rewarding.has(kind)) state.outcomes = true
    if (returning.has(kind)) returnContact(state, record.key, decisionId)
  }
  if (type === 'moved') {
    state.moved.set(record.key, decodeValue(people.types.moved, record.value).to)
    state.inTransit.set(record.key, auditedPerson(state, record.key))
    state.people.delete(record.key)
  }
  if (type === 'rows') {
    mergeRows(record.key, decodeValue(people.types.rows, record.value).from, state)
    applyStops(current, state)
    applyMergedConsents(current, state)
  }
}

/** Explains the cancellations that a stop in force caused. Their contacts count until a receipt gives them back. */
function applyStops({ record, partition, active }: AuditedRecord, state: AuditState): void {
  for (const { decisionId, personId, reason } of state.cancellations.get(`${partition}/${record.offset}`) ?? []) {
    const now = resolveMerges(state, personId)
    const contact = state.people.get(now)?.contacts.find(({ id, imported }) => !imported && id === decisionId)
    if (reason === actionStopped && contact && active?.stopped.has(contact.action.id)) state.cancelled.add(decisionId)
  }
}

/** Explains the cancellations of what one half of a merged person had said no to. */
function applyMergedConsents({ record, partition, active }: AuditedRecord, state: AuditState): void {
  const { consents, contacts } = auditedPerson(state, record.key)
  for (const { decisionId, reason } of state.cancellations.get(`${partition}/${record.offset}`) ?? []) {
    const contact = contacts.find(({ id, imported }) => !imported && id === decisionId)
    if (
      reason !== consentWithdrawn ||
      !contact ||
      active?.release.consent.exemptPurposes.includes(contact.action.purpose)
    )
      continue
    const said = statementsFor(consents, contact.action.purpose, contact.channel, record.timestamp)
    if (said.some(({ isWithdrawal }) => isWithdrawal)) state.cancelled.add(decisionId)
  }
}

function mergeRows(personId: string, from: string, state: AuditState): void {
  const other = state.inTransit.get(from)
  if (!other) return
  state.inTransit.delete(from)
  state.seen.set(personId, mergeSeen(state.seen.get(personId) ?? [], state.seen.get(from) ?? []))
  state.seen.delete(from)
  const person = auditedPerson(state, personId)
  person.contacts = newestContacts([...person.contacts, ...other.contacts])
  person.consents = mergeStatements(person.consents, other.consents)
  person.unit = unitOfBoth(person.unit, other.unit)
  for (const id of other.begun) person.begun.add(id)
  for (const id of other.left) person.left.add(id)
  for (const [id, one] of other.waiting) person.waiting.set(id, one)
}

function applyExposure(event: PersonEvent, { record, active, versions }: AuditedRecord, state: AuditState): void {
  const { actionId, channel } = builtInData(event, 'exposure', versions)
  const unknown = { id: actionId, group: null, purpose: '', tags: [], placement: null }
  const action = active?.actions.get(actionId) ?? unknown
  const at = record.timestamp
  addContact(
    { id: idOfEventDecision(event, at), at, imported: true, channel, action, points: 0, journey: '' },
    record.key,
    active,
    state,
  )
}

/** Remembers a deferred decision until it is taken again; `bytes` is the size of the event that asked for it. */
export function updateWaiting(decision: Decision, active: ActiveRelease, bytes: number, state: AuditState): void {
  const { decisionId, outcome, subject, trigger, time } = decision
  const { waiting } = auditedPerson(state, subject.personId)
  const repeated = trigger.deferred.flatMap(id => waiting.get(id) ?? [])
  for (const id of trigger.deferred) waiting.delete(id)
  const most = Math.max(bytes, ...repeated.map(one => one.bytes))
  const first = Math.min(time.decidedAt, ...repeated.map(({ firstAt }) => firstAt))
  if (outcome.kind === 'DEFER') waiting.set(decisionId, waitingDecision(decision, active, most, first))
}

/** Adds the contact that a decision makes, for the limits of later decisions. */
export function bookContact(decision: Decision, active: ActiveRelease, state: AuditState): void {
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
    points: budgetCost(active, channel),
    journey: decision.trigger.journey,
  }
  addContact(contact, subject.personId, active, state)
}

function addContact(contact: Contact, personId: string, active: ActiveRelease | null, state: AuditState): void {
  const person = auditedPerson(state, personId)
  // Twice the longest window, because a merge may join a person whose last record is older.
  const since = contact.at - 2 * (active?.memoryMs ?? 0)
  person.contacts = newestContacts([...person.contacts.filter(({ at }) => at > since), contact])
  state.pendingRewards.matchContact(contact, personId)
}

/** Begins and ends journeys by an event, and explains the cancellations that the end of a journey caused. */
function applyJourneys(event: PersonEvent, { record, partition, active }: AuditedRecord, state: AuditState): void {
  const journeys = active?.release.journeys ?? []
  if (!active || journeys.length === 0 || !isInTime(event.occurredAt, record.timestamp, active.release)) return
  const person = auditedPerson(state, record.key)
  for (const { id, trigger, goal, exit } of journeys) {
    if (event.type === trigger.event) person.begun.add(id)
    if ([goal, ...exit].some(one => one.event === event.type)) person.left.add(id)
  }
  for (const { decisionId, reason } of state.cancellations.get(`${partition}/${record.offset}`) ?? []) {
    const contact = person.contacts.find(({ id, imported }) => !imported && id === decisionId)
    if (reason === journeyEnded && contact && person.left.has(contact.journey)) state.cancelled.add(decisionId)
  }
}

/** Explains the cancellations that a withdrawal caused, and ends the wait of decisions that waited for nothing else. */
function applyWithdrawal(event: PersonEvent, current: AuditedRecord, state: AuditState): void {
  const { record, partition, active, versions } = current
  const changed = event.type === 'consent_changed' ? builtInData(event, 'consent_changed', versions) : null
  const { purpose, channel } = changed ?? builtInData(event, 'consent_unreadable', versions)
  const isGrant = changed?.status === 'granted'
  const waiting = state.people.get(record.key)?.waiting
  const exempt = active?.release.consent.exemptPurposes ?? []
  for (const [id, one] of (isGrant ? null : waiting) ?? []) {
    const left = withoutScope(one, exempt, purpose, channel)
    if (left) waiting!.set(id, left)
    else waiting!.delete(id)
  }
  const by = `${partition}/${record.offset}`
  for (const { decisionId, reason } of state.cancellations.get(by) ?? []) {
    const contact = state.people.get(record.key)?.contacts.find(({ id }) => id === decisionId)
    const covers =
      contact &&
      (purpose ?? contact.action.purpose) === contact.action.purpose &&
      (channel ?? contact.channel) === contact.channel
    if (covers && !isGrant && reason === consentWithdrawn) state.cancelled.add(decisionId)
  }
}

function returnContact(state: AuditState, personId: string, decisionId: string): void {
  const person = auditedPerson(state, personId)
  person.contacts = person.contacts.filter(({ id, imported }) => imported || id !== decisionId)
}
