import type { Release } from '../../operators/release/release.ts'
import type { ConsentChanged, PersonEvent, Position } from '../../schemas/generated.ts'

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
  return all.filter(own => !all.some(other => sameScope(own, other) && inForce(other, now) && outranks(other, own)))
}

/** Merges the statements of two merged persons. Where both made statements and one withdrew, only the last withdrawal stays. */
export function mergeStatements(
  a: readonly ConsentStatement[],
  b: readonly ConsentStatement[],
): readonly ConsentStatement[] {
  return [...a, ...b].filter(statement => {
    const shared = [a, b].every(statements => statements.some(other => sameScope(statement, other)))
    const withdrawals = [...a, ...b].filter(other => sameScope(statement, other) && other.isWithdrawal)
    if (!shared || withdrawals.length === 0) return true
    return statement.isWithdrawal && !withdrawals.some(other => outranks(other, statement))
  })
}

/** Returns the statements in force for a purpose on a channel: those of the channel itself, and those of every channel. */
export function statementsFor(
  statements: readonly ConsentStatement[],
  purpose: string,
  channel: string,
  now: number,
): readonly ConsentStatement[] {
  return [channel, ''].flatMap(scope => {
    const here = statements.filter(
      statement => statement.purpose === purpose && statement.channel === scope && inForce(statement, now),
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
