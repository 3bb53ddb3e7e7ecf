import type { IdentifiedRecord } from '../schemas/input-record.ts'
import { days, hours } from '../schemas/record.ts'
import { type PopulationSettings, population } from './population.ts'

/** Everything that fixes a simulated history: the same settings give the same records. */
export interface HistorySettings extends PopulationSettings {
  readonly seed: string
  readonly days: number
}

/** The span of time that is generated at once; the population keeps a day in memory anyway. */
const pieceMs = hours(1)

/** Generates everything that a population does unprompted and that is received within the days, in order of time. */
export function* simulatedHistory({ seed, days: length, ...settings }: HistorySettings): Generator<IdentifiedRecord> {
  const { start } = settings
  const end = start + days(length)
  const people = population(seed, settings)
  for (let from = start; from < end; from += pieceMs) yield* people.eventsBetween(from, Math.min(end, from + pieceMs))
}
