import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { sha256Of } from './sha256.ts'
import { utf8 } from './utf8.ts'

/** Hex digits of an id: 128 bits. */
const idLength = 32

const id = (kind: string, text: string): string => bytesToHex(sha256Of(`${kind}\u0000${text}`)).slice(0, idLength)

/** The decision that an event asks for: first 32 hex digits of SHA-256 of `event`, NUL, event id. */
export const decisionIdOfEvent = (eventId: string): string => id('event', eventId)

/** The decision that a timer asks for: the same of `timer`, NUL, name, `/`, key, `/`, due time in ms. */
export const decisionIdOfTimer = (name: string, key: string, due: number): string =>
  id('timer', `${name}/${key}/${due}`)

/** Names a timer's firing wherever an event id would stand. */
export const timerCauseId = (name: string, key: string, due: number): string => `${name}/${key}/${due}`

/**
 * The lot of a decision, on [0, 1): the first 53 bits of HMAC-SHA256(seed, decision id), over 2^53.
 * An auditor who knows the seed can redo it.
 */
export function draw(seed: string, decisionId: string): number {
  keyedBy(seed)._cloneInto(scratch).update(utf8(decisionId)).digestInto(digest)
  const high = ((digest[0]! << 24) | (digest[1]! << 16) | (digest[2]! << 8) | digest[3]!) >>> 0
  const low = ((digest[4]! << 24) | (digest[5]! << 16) | (digest[6]! << 8) | digest[7]!) >>> 0
  return (high * 0x200000 + (low >>> 11)) / 0x20000000000000
}

const scratch = hmac.create(sha256, new Uint8Array(0))
const digest = new Uint8Array(sha256.outputLen)
const keyed = new Map<string, ReturnType<typeof hmac.create>>()
const keyedMax = 8

/** The state of the HMAC after its key, which is the same for every decision of a release. */
function keyedBy(seed: string): ReturnType<typeof hmac.create> {
  let state = keyed.get(seed)
  if (!state) {
    if (keyed.size >= keyedMax) keyed.clear()
    state = hmac.create(sha256, utf8(seed))
    keyed.set(seed, state)
  }
  return state
}
