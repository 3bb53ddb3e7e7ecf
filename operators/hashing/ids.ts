import type { PersonEvent } from '../../schemas/generated.ts'
import { hexOf } from './digest-text.ts'
import { type HmacKey, hmacKeyOf, hmacOf, sha256Of } from './sha256.ts'

/** Number of hex digits of an id, for 128 bits. */
const idLength = 32

/** The fields of an event by which it is told from any other. */
export type EventName = Pick<PersonEvent, 'type' | 'source' | 'eventId'>

/** The same, and the identifiers that it came with. */
export type NamedEvent = EventName & Pick<PersonEvent, 'personId' | 'identifiedBy'>

/**
 * Tells the kind of an event: a consent and an event of one source and id are two. What is made of an unreadable consent is named by
 * the position of that, which a producer may have used as an id.
 */
const kindOf = (type: string): string =>
  type === 'consent_changed' ? 'consent' : type === 'consent_unreadable' ? 'unreadable' : 'event'

/** JSON keeps the parts apart, whatever characters they contain. */
const id = (parts: readonly unknown[]): string => hexOf(sha256Of(JSON.stringify(parts)), idLength)

/**
 * Makes the id of the decision that an event triggers: the first 32 hex digits of SHA-256 of the JSON array (RFC 8785) of `event`
 * or `consent`, source, event id, tokens and the time in ms at which it was received. The tokens are those of its identifiers as
 * given, separated by spaces. It names an event wherever an id must not be used twice.
 */
export const decisionIdOfEvent = (
  { type, source, eventId, identifiedBy, personId }: NamedEvent,
  receivedAt: number,
): string => id([kindOf(type), source, eventId, identifiedBy || personId.slice(2), receivedAt])

/**
 * Makes the id of the decision that a timer triggers: the first 32 hex digits of SHA-256 of the JSON array (RFC 8785) of `timer`,
 * name, the array of the key's parts, and the due time in ms.
 */
export const decisionIdOfTimer = (name: string, key: readonly string[], due: number): string =>
  id(['timer', name, key, due])

/** Makes the id that identifies a timer's firing where other records have an event id. */
export const timerCauseId = (name: string, key: string, due: number): string => `${name}/${key}/${due}`

/** Makes the text by which one person's duplicates of an event are found. */
export const nameOfEvent = ({ type, source, eventId }: EventName): string => nameOf(kindOf(type), source, eventId)

/** Makes the text by which one person's duplicates of a receipt are found. */
export const nameOfReceipt = (source: string, receiptId: string): string => nameOf('receipt', source, receiptId)

/** PERF: the length keeps source and id apart, whatever they contain, and costs less than quoting them. */
const nameOf = (kind: string, source: string, id: string): string => `${kind}/${source.length}/${source}${id}`

/**
 * Makes the random draw of a decision, on [0, 1): the first 53 bits of HMAC-SHA256(seed, decision id), over 2^53.
 * An auditor who knows the seed can repeat it.
 */
export function draw(seed: string, decisionId: string): number {
  const words = hmacOf(keyedBy(seed), decisionId)
  const high = words[0]! >>> 0
  const low = words[1]! >>> 0
  return (high * 0x200000 + (low >>> 11)) / 0x20000000000000
}

const keyed = new Map<string, HmacKey>()
const keyedMax = 8

/** PERF: caches the key of a seed, which is the same for every decision of a release. */
function keyedBy(seed: string): HmacKey {
  let key = keyed.get(seed)
  if (!key) {
    if (keyed.size >= keyedMax) keyed.clear()
    key = hmacKeyOf(seed)
    keyed.set(seed, key)
  }
  return key
}
