import type { Release } from '../../operators/release/release.ts'
import type { ConsentChanged, Position } from '../../schemas/generated.ts'

/** One yes or no that may still count: at most a few a person. */
export interface Word {
  readonly purpose: string
  /** Empty: every channel. */
  readonly channel: string
  readonly isWithdrawal: boolean
  readonly effectiveAt: number
  readonly eventId: string
  /** The record on `consents` that said it. */
  readonly origin: Position
}

export const wordOf = (change: ConsentChanged, eventId: string, origin: Position): Word => ({
  purpose: change.purpose,
  channel: change.channel ?? '',
  isWithdrawal: change.status === 'withdrawn',
  effectiveAt: change.effectiveAt,
  eventId,
  origin,
})

const sameScope = (a: Word, b: Word): boolean => a.purpose === b.purpose && a.channel === b.channel
const inForce = (word: Word, now: number): boolean => word.isWithdrawal || word.effectiveAt <= now

/** Whether `a` goes before `b` about the same purpose and channel: the later one, and of two at once the withdrawal. */
function outranks(a: Word, b: Word): boolean {
  if (a.effectiveAt !== b.effectiveAt) return a.effectiveAt > b.effectiveAt
  return a.isWithdrawal === b.isWithdrawal ? a.eventId > b.eventId : a.isWithdrawal
}

/** What a person has said, after one more word: a word in force ends all that it outranks. */
export function say(words: readonly Word[], word: Word, now: number): readonly Word[] {
  const all = [...words.filter(known => known.eventId !== word.eventId || !sameScope(known, word)), word]
  return all.filter(own => !all.some(other => sameScope(own, other) && inForce(other, now) && outranks(other, own)))
}

/** What two persons who are one have said: where both spoke and one withdrew, only the last withdrawal is left. */
export function sayTogether(a: readonly Word[], b: readonly Word[]): readonly Word[] {
  return [...a, ...b].filter(word => {
    const shared = [a, b].every(words => words.some(other => sameScope(word, other)))
    const withdrawals = [...a, ...b].filter(other => sameScope(word, other) && other.isWithdrawal)
    if (!shared || withdrawals.length === 0) return true
    return word.isWithdrawal && !withdrawals.some(other => outranks(other, word))
  })
}

/** The words that stand for a purpose on a channel: of the channel itself, and of every channel. */
export function standing(words: readonly Word[], purpose: string, channel: string, now: number): readonly Word[] {
  return [channel, ''].flatMap(scope => {
    const here = words.filter(word => word.purpose === purpose && word.channel === scope && inForce(word, now))
    return here.filter(word => !here.some(other => outranks(other, word)))
  })
}

/** Says why a contact is not allowed; null when it is. */
export function forbids(
  words: readonly Word[],
  { consent }: Release,
  jurisdiction: string,
  purpose: string,
): string | null {
  if (consent.exemptPurposes.includes(purpose)) return null
  if (words.some(word => word.isWithdrawal)) return `consent for '${purpose}' was withdrawn`
  const regime = Object.entries(consent.regimes).find(([name]) => name === jurisdiction)?.[1] ?? 'opt-in'
  return regime === 'opt-out' || words.length > 0
    ? null
    : `nobody ever said yes to '${purpose}', and '${jurisdiction}' asks for it`
}
