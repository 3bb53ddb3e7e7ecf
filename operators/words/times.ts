import { days, minutes, type Time } from '../../schemas/record.ts'
import type { ValidationError } from '../validation-error.ts'

/** 1990-01-01, before which nothing that counts today was recorded. */
const earliest: Time = 631_152_000_000

/** How far what happened may lie after its record was received: clocks may differ. */
const happenedAheadMaxMs = minutes(5)
/** How far the time from which or until which something holds may lie after its record was received: ten years. */
const holdsAheadMaxMs = days(3653)

const kinds = {
  happened: { aheadMaxMs: happenedAheadMaxMs, ahead: '5 minutes' },
  holds: { aheadMaxMs: holdsAheadMaxMs, ahead: '10 years' },
} as const

/** Checks a time of an input record, by what it says; null when it can be right. */
export function timeError(kind: keyof typeof kinds, at: Time, receivedAt: Time): ValidationError | null {
  const invalid = (detail: string): ValidationError => ({ reason: 'absurd-timestamp', detail })
  if (!Number.isFinite(at) || at < earliest) return invalid('a time is no number, or before the year 1990')
  if (at <= receivedAt + kinds[kind].aheadMaxMs) return null
  return invalid(`a time is more than ${kinds[kind].ahead} after it was received`)
}
