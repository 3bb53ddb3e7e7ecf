import { createHash, createHmac } from 'node:crypto'
import type { PersonEvent } from '../../schemas/generated.ts'

/** Returns the SHA-256 of the concatenated parts, in hex. */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** Returns the id that the decision on an event must have, given the time at which the event was received. */
export const idOfEventDecision = (event: PersonEvent, receivedAt: number): string =>
  idOf([eventKind(event), event.source, event.eventId, tokensOf(event), receivedAt])

/** The tokens of the event's identifiers; one that is alone is part of the person id that the event came with. */
const tokensOf = ({ identifiedBy, personId }: PersonEvent): string =>
  identifiedBy === '' ? personId.replace(/^p\./, '') : identifiedBy

const kindsOfConsents = new Map([
  ['consent_changed', 'consent'],
  ['consent_unreadable', 'unreadable'],
])

/** Returns the kind of an event: `event`, `consent`, or `unreadable` for a consent that was not understood. */
export const eventKind = ({ type }: PersonEvent): string => kindsOfConsents.get(type) ?? 'event'

const idOf = (parts: readonly unknown[]): string => sha256(JSON.stringify(parts)).slice(0, 32)

/** Returns the id that a decision of a person's agenda must have, given the decisions that it repeats and its due time. */
export const idOfAgendaDecision = (personId: string, deferred: readonly string[], due: number): string =>
  idOf(['timer', 'agenda', [personId, ...deferred], due])

/** Returns the id that a decision of a journey's stage must have, given its due time. */
export const idOfStageDecision = (personId: string, { journey, stage, begunBy }: Stage, due: number): string =>
  idOf(['timer', 'journeys', [personId, journey, stage, begunBy], due])

interface Stage {
  readonly journey: string
  readonly stage: string
  readonly begunBy: string
}

/** Returns the random draw of a seed and an id: 53 bits of HMAC-SHA256 as a fraction on [0, 1). */
export function randomDraw(seed: string, drawId: string): number {
  const bits = createHmac('sha256', seed).update(drawId).digest().readBigUInt64BE(0) >> 11n
  return Number(bits) / 2 ** 53
}

/** Returns 48 bits of a hash, enough to tell the events of one person apart. */
export const shortHash = (text: string): number => createHash('sha256').update(text).digest().readUIntBE(0, 6)

/** Returns 32 bits of a hash, enough to detect that a send differs from its decision. */
export function fingerprint(...parts: readonly string[]): number {
  return createHash('sha256').update(parts.join('\u0000')).digest().readUInt32BE(0)
}
