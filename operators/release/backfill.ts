import type { PersonEvent } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import type { Release } from './release.ts'

/** Tells whether an event was received too late to ask for a decision, or to begin, hold or end a journey. */
export const triggersNothing = (
  { occurredAt }: Pick<PersonEvent, 'occurredAt'>,
  receivedAt: Time,
  { backfillMs, graceMs }: Pick<Release, 'backfillMs' | 'graceMs'>,
): boolean => receivedAt - occurredAt > (backfillMs ?? graceMs)
