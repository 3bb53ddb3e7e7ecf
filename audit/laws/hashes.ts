import { createHash, createHmac } from 'node:crypto'

/** Returns the SHA-256 of the concatenated parts, in hex. */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** Returns the id that the decision on an event must have. */
export const idOfEventDecision = (eventId: string): string => sha256(`event\u0000${eventId}`).slice(0, 32)

/** Returns the id that a decision of a person's agenda must have, given its due time. */
export const idOfAgendaDecision = (personId: string, due: number): string =>
  sha256(`timer\u0000agenda/${personId}/${due}`).slice(0, 32)

/** Returns the id that a decision of a journey's stage must have, given its due time. */
export const idOfStageDecision = (personId: string, { journey, stage }: Stage, due: number): string =>
  sha256(`timer\u0000journeys/${personId}/${journey}/${stage}/${due}`).slice(0, 32)

interface Stage {
  readonly journey: string
  readonly stage: string
}

/** Returns the random draw of a seed and an id: 53 bits of HMAC-SHA256 as a fraction on [0, 1). */
export function randomDraw(seed: string, drawId: string): number {
  const bits = createHmac('sha256', seed).update(drawId).digest().readBigUInt64BE(0) >> 11n
  return Number(bits) / 2 ** 53
}

/** Returns 32 bits of a hash, enough to detect that a send differs from its decision. */
export function fingerprint(...parts: readonly string[]): number {
  return createHash('sha256').update(parts.join('\u0000')).digest().readUInt32BE(0)
}
