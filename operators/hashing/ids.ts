import { hexOf } from './digest-text.ts'
import { type HmacKey, hmacKeyOf, hmacOf, sha256Of } from './sha256.ts'

/** Number of hex digits of an id, for 128 bits. */
const idLength = 32

const id = (kind: string, text: string): string => hexOf(sha256Of(`${kind}\u0000${text}`), idLength)

/** Makes the id of the decision that an event triggers: the first 32 hex digits of SHA-256 of `event`, NUL, event id. */
export const decisionIdOfEvent = (eventId: string): string => id('event', eventId)

/** Makes the id of the decision that a timer triggers: the first 32 hex digits of SHA-256 of `timer`, NUL, name, `/`, key, `/`, due time in ms. */
export const decisionIdOfTimer = (name: string, key: string, due: number): string =>
  id('timer', `${name}/${key}/${due}`)

/** Makes the id that identifies a timer's firing where other records have an event id. */
export const timerCauseId = (name: string, key: string, due: number): string => `${name}/${key}/${due}`

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
