import type { CatalogDeclaration } from '../../schemas/catalog/catalog.ts'
import type { ConsentChange, ConsentChanged, ConsentUnreadable, UnreadableConsent } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { wordIn } from '../../schemas/words.ts'
import type { ValidationError } from '../validation-error.ts'
import { timeError } from '../words/times.ts'
import { idError, identifiersError, lengthError, sourceError } from './admission-checks.ts'
import { cardNumberError } from './card-numbers.ts'

/** The words of a catalog that consents may name. */
type ConsentWords = Pick<CatalogDeclaration, 'purposes' | 'channels'>

/** Checks a change of consent; null when it is valid. */
export function consentError(
  { eventId, source, identifiers, change }: ConsentChange,
  words: ConsentWords,
  receivedAt: Time,
): ValidationError | null {
  return (
    idError('event', eventId) ??
    sourceError(source) ??
    timeError('happened', change.recordedAt, receivedAt) ??
    timeError('holds', change.effectiveAt, receivedAt) ??
    identifiersError(identifiers) ??
    lengthError(change) ??
    wordsError(change, words) ??
    cardNumberError(change)
  )
}

function wordsError(
  { purpose, channel }: ConsentChanged,
  { purposes, channels }: ConsentWords,
): ValidationError | null {
  if (purpose.trim() === '') return { reason: 'missing-purpose', detail: 'the purpose is empty' }
  if (wordIn(purposes, purpose) === null)
    return { reason: 'unknown-purpose', detail: `the purpose is none of: ${purposes.join(', ')}` }
  if (!isBlank(channel) && wordIn(channels, channel!) === null)
    return { reason: 'unknown-channel', detail: `the channel is none of: ${channels.join(', ')}` }
  return null
}

const isBlank = (text: string | null): boolean => text === null || text.trim() === ''

/** Spells the words of a valid change as the release language does. A blank channel means every channel, as null does. */
export function spelt(change: ConsentChanged, { purposes, channels }: ConsentWords): ConsentChanged {
  const purpose = wordIn(purposes, change.purpose)!
  const channel = isBlank(change.channel) ? null : wordIn(channels, change.channel!)
  return purpose === change.purpose && channel === change.channel ? change : { ...change, purpose, channel }
}

/**
 * Decides what a consent that can't be used takes from its person: no is assumed for the purpose and the channel that
 * it names, or for all of them where it names none. Null where it can be read that it is a grant, which takes nothing.
 */
export function assumedNo(
  { purpose, channel, status, effectiveAt }: Pick<UnreadableConsent, 'purpose' | 'channel' | 'status' | 'effectiveAt'>,
  { purposes, channels }: ConsentWords,
  receivedAt: Time,
): ConsentUnreadable | null {
  if (wordIn(['granted'], status) !== null) return null
  const isTime = effectiveAt !== null && timeError('happened', effectiveAt, receivedAt) === null
  const [known, reached] = [wordIn(purposes, purpose), wordIn(channels, channel)]
  return {
    purpose: known,
    channel: reached,
    purposes: known === null ? purposes : [],
    channels: reached === null ? channels : [],
    effectiveAt: isTime ? Math.min(effectiveAt, receivedAt) : receivedAt,
  }
}
