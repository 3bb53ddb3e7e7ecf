import { createHash, createHmac } from 'node:crypto'

/** SHA-256 of texts and bytes one after the other, in hex. */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** The id that the decision on an event must have. */
export const idOfEventDecision = (eventId: string): string => sha256(`event\u0000${eventId}`).slice(0, 32)

/** The id that the decision of a person's agenda must have, for the time at which it was due. */
export const idOfAgendaDecision = (personId: string, due: number): string =>
  sha256(`timer\u0000agenda/${personId}/${due}`).slice(0, 32)

/** The id that the decision of a journey's stage must have, for the time at which it was due. */
export const idOfStageDecision = (personId: string, { journey, stage }: Stage, due: number): string =>
  sha256(`timer\u0000journeys/${personId}/${journey}/${stage}/${due}`).slice(0, 32)

interface Stage {
  readonly journey: string
  readonly stage: string
}

/** The lot that a seed and a decision id draw: 53 bits of HMAC-SHA256 as a fraction. */
export function lot(seed: string, drawId: string): number {
  const bits = createHmac('sha256', seed).update(drawId).digest().readBigUInt64BE(0) >> 11n
  return Number(bits) / 2 ** 53
}

/** 32 bits that tell texts apart well enough to find a difference between a send and its decision. */
export function fingerprint(...parts: readonly string[]): number {
  return createHash('sha256').update(parts.join('\u0000')).digest().readUInt32BE(0)
}
