import type { ConsentFound, ConsentRecord } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { compareText } from '../lists/compare.ts'
import type { ConsentPolicy } from '../release/release.ts'

type Records = readonly ConsentRecord[]

/** What a person said, with one more word, at `now`. What can no longer count is left out. */
export const heard = (records: Records, word: ConsentRecord, now: Time): ConsentRecord[] =>
  ordered([...records, word]).filter(
    (own, i, all) => !all.slice(0, i).some(above => isSameScope(own, above) && counts(above, now)),
  )

/**
 * What two persons who are one said. Where both spoke of a purpose and channel, the strictest word wins: a withdrawal of
 * either stays, and ends every grant, also one that is still to begin. A later grant can lift it.
 */
export function joinedConsents(a: Records, b: Records): ConsentRecord[] {
  const both = ordered([...a, ...b])
  return both.filter((own, i) => {
    const isShared = a.some(word => isSameScope(own, word)) && b.some(word => isSameScope(own, word))
    const withdrawal = both.findIndex(word => isSameScope(own, word) && word.status === 'withdrawn')
    return !isShared || withdrawal < 0 || withdrawal === i
  })
}

/** What stands for a purpose on a channel at `now`, and whether the jurisdiction's regime lets that pass. */
export function consentFound(
  records: Records,
  { purpose, channel }: { readonly purpose: string; readonly channel: string },
  { policy, jurisdiction, now }: { readonly policy: ConsentPolicy; readonly jurisdiction: string; readonly now: Time },
): ConsentFound {
  const own = standing(records, purpose, channel, now)
  const general = standing(records, purpose, '', now)
  const isWithdrawn = own?.status === 'withdrawn' || general?.status === 'withdrawn'
  const state = isWithdrawn ? 'withdrawn' : own || general ? 'granted' : 'unknown'
  const reliedOn: ConsentRecord[] = []
  if (own?.status === state) reliedOn.push(own)
  if (general?.status === state) reliedOn.push(general)
  return {
    purpose,
    channel,
    state,
    allowed: isAllowed(policy, purpose, jurisdiction, state),
    lawfulBasis: reliedOn[0]?.lawfulBasis ?? '',
    records: reliedOn.map(({ origin }) => origin),
  }
}

function isAllowed(
  policy: ConsentPolicy,
  purpose: string,
  jurisdiction: string,
  state: ConsentFound['state'],
): boolean {
  if (policy.exemptPurposes.includes(purpose)) return true
  const regime = Object.hasOwn(policy.regimes, jurisdiction) ? policy.regimes[jurisdiction] : 'opt-in'
  return regime === 'opt-out' ? state !== 'withdrawn' : state === 'granted'
}

/** The word of highest precedence that counts at `now`; the records are sorted. */
function standing(records: Records, purpose: string, channel: string, now: Time): ConsentRecord | null {
  for (const word of records) if (word.purpose === purpose && word.channel === channel && counts(word, now)) return word
  return null
}

/** A withdrawal takes effect at once; a grant from its time on. */
const counts = ({ status, effectiveAt }: ConsentRecord, now: Time): boolean =>
  status === 'withdrawn' || effectiveAt <= now

const isSameScope = (a: ConsentRecord, b: ConsentRecord): boolean => a.purpose === b.purpose && a.channel === b.channel

/** By purpose and channel; then the newest first, a withdrawal before a grant, the greater event id first; each word once. */
function ordered(records: Records): ConsentRecord[] {
  const sorted = [...records].sort(
    (a, b) =>
      compareText(a.purpose, b.purpose) ||
      compareText(a.channel, b.channel) ||
      b.effectiveAt - a.effectiveAt ||
      compareText(b.status, a.status) ||
      compareText(b.eventId, a.eventId) ||
      compareText(originText(b), originText(a)),
  )
  return sorted.filter((word, i) => i === 0 || !isSameWord(word, sorted[i - 1]!))
}

const isSameWord = (a: ConsentRecord, b: ConsentRecord): boolean =>
  isSameScope(a, b) && a.effectiveAt === b.effectiveAt && a.status === b.status && a.eventId === b.eventId

const originText = ({ origin }: ConsentRecord): string => `${origin.topic}/${origin.partition}/${origin.offset}`
