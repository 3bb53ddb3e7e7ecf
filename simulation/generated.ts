import type { IdentifiedRecord } from '../schemas/input-record.ts'
import { days, hours } from '../schemas/record.ts'
import { type PopulationSettings, population } from './population.ts'

/** What fixes a generated history: the same settings give the same records. */
export interface LoadSettings extends PopulationSettings {
  readonly seed: string
  readonly days: number
}

/** Read together: one day of everyone is in memory anyway. */
const pieceMs = hours(1)

/** All that a population does by itself that is heard within its days, in order of time. */
export function* generated({ seed, days: length, ...settings }: LoadSettings): Generator<IdentifiedRecord> {
  const { start } = settings
  const end = start + days(length)
  const people = population(seed, settings)
  for (let from = start; from < end; from += pieceMs) yield* people.eventsUntil(from, Math.min(end, from + pieceMs))
}
