import type { Release } from '../../operators/release/release.ts'
import type { ConsentChanged, ConsentUnreadable, PersonEvent, Position } from '../../schemas/generated.ts'

/** A consent or a withdrawal that may still count. */
export interface ConsentStatement {
  readonly purpose: string
  /** Empty: every channel. */
  readonly channel: string
  readonly isWithdrawal: boolean
  readonly effectiveAt: number
  readonly eventId: string
  readonly source: string
  /** The record on `consents` that holds it. */
  readonly origin: Position
}

/** Turns a change of consent into a statement. */
export const statementOf = (change: ConsentChanged, { eventId, source, origin }: PersonEvent): ConsentStatement => ({
  purpose: change.purpose,
  channel: change.channel ?? '',
  isWithdrawal: change.status === 'withdrawn',
  effectiveAt: change.effectiveAt,
  eventId,
  source,
  origin,
})

/** What version 0.1 knew, for records that do not say. */
const everyPurpose = ['service', 'marketing', 'profiling', 'third_party_ads', 'automated_decision']
const everyChannel = ['email', 'sms', 'push', 'inapp', 'web', 'call']

const orOld = (known: readonly string[], old: readonly string[]) => (known.length > 0 ? known : old)

/** Turns a consent that could not be read into the withdrawals to assume. They have no event id. */
export const assumedStatements = (
  { purpose, channel, effectiveAt, purposes, channels }: ConsentUnreadable,
  origin: Position,
): readonly ConsentStatement[] =>
  (purpose === null ? orOld(purposes, everyPurpose) : [purpose]).flatMap(purpose =>
    (channel === null ? orOld(channels, everyChannel) : [channel]).map(channel => ({
      ...{ purpose, channel, isWithdrawal: true, effectiveAt, eventId: '', source: '', origin },
    })),
  )

/** Whether a statement on every channel replaces a withdrawal that was assumed for one of them. */
const lifts = (general: ConsentStatement, own: ConsentStatement): boolean =>
  own.eventId === '' &&
  own.purpose === general.purpose &&
  general.channel === '' &&
  (general.isWithdrawal || general.effectiveAt > own.effectiveAt)

const sameScope = (a: ConsentStatement, b: ConsentStatement): boolean =>
  a.purpose === b.purpose && a.channel === b.channel
const inForce = (statement: ConsentStatement, now: number): boolean =>
  statement.isWithdrawal || statement.effectiveAt <= now

/**
 * Whether `a` outranks `b`, of the same purpose and channel: the later one does; at the same time the withdrawal does, then
 * the one with the greater event id, source or place.
 */
function outranks(a: ConsentStatement, b: ConsentStatement): boolean {
  if (a.effectiveAt !== b.effectiveAt) return a.effectiveAt > b.effectiveAt
  if (a.isWithdrawal !== b.isWithdrawal) return a.isWithdrawal
  if (a.eventId !== b.eventId) return a.eventId > b.eventId
  return a.source === b.source ? placeOf(a) > placeOf(b) : a.source > b.source
}

const placeOf = ({ origin }: ConsentStatement): string => `${origin.topic}/${origin.partition}/${origin.offset}`

/** Adds a statement, and drops every statement that one in force outranks. */
export function addStatement(
  statements: readonly ConsentStatement[],
  statement: ConsentStatement,
  now: number,
): readonly ConsentStatement[] {
  const all = [...statements, statement]
  return all.filter(
    own =>
      !all.some(other => inForce(other, now) && (lifts(other, own) || (sameScope(own, other) && outranks(other, own)))),
  )
}

/** Merges the statements of two merged persons. Where both made statements and one withdrew, only the last withdrawal stays. */
export function mergeStatements(
  ours: readonly ConsentStatement[],
  theirs: readonly ConsentStatement[],
): readonly ConsentStatement[] {
  const [a, b] = [outlasting(ours, theirs), outlasting(theirs, ours)]
  return [...a, ...b].filter(statement => {
    const shared = [a, b].every(statements => statements.some(other => sameScope(statement, other)))
    const withdrawals = [...a, ...b].filter(other => sameScope(statement, other) && other.isWithdrawal)
    if (!shared || withdrawals.length === 0) return true
    return statement.isWithdrawal && !withdrawals.some(other => outranks(other, statement))
  })
}

/** Moves each assumed withdrawal of a person behind the grants for every channel by the other, so that these don't lift it. */
function outlasting(
  statements: readonly ConsentStatement[],
  others: readonly ConsentStatement[],
): readonly ConsentStatement[] {
  return statements.map(statement => {
    const grants = others.filter(other => other.channel === '' && other.purpose === statement.purpose)
    if (statement.eventId !== '' || grants.length === 0) return statement
    return { ...statement, effectiveAt: Math.max(statement.effectiveAt, ...grants.map(grant => grant.effectiveAt)) }
  })
}

/** Returns the statements in force for a purpose on a channel: those of the channel itself, and those of every channel. */
export function statementsFor(
  statements: readonly ConsentStatement[],
  purpose: string,
  channel: string,
  now: number,
): readonly ConsentStatement[] {
  const general = statements.filter(other => inForce(other, now))
  return [channel, ''].flatMap(scope => {
    const here = statements.filter(
      statement =>
        statement.purpose === purpose &&
        statement.channel === scope &&
        inForce(statement, now) &&
        !general.some(other => lifts(other, statement)),
    )
    return here.filter(statement => !here.some(other => outranks(other, statement)))
  })
}

/** Returns the reason why a contact is not allowed; null where it is. */
export function consentRefusal(
  statements: readonly ConsentStatement[],
  { consent }: Release,
  jurisdiction: string,
  purpose: string,
): string | null {
  if (consent.exemptPurposes.includes(purpose)) return null
  if (statements.some(statement => statement.isWithdrawal)) return `consent for '${purpose}' was withdrawn`
  const regime = Object.entries(consent.regimes).find(([name]) => name === jurisdiction)?.[1] ?? 'opt-in'
  return regime === 'opt-out' || statements.length > 0
    ? null
    : `no consent to '${purpose}' was ever given, and '${jurisdiction}' requires it`
}
