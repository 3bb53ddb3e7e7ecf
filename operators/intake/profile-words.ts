import type { EventFields } from '../../schemas/catalog/event-schema.ts'
import type { ProfileChanged } from '../../schemas/generated.ts'
import { zoneOf } from '../calendar/zones.ts'
import type { ValidationError } from '../validation-error.ts'
import { jurisdictionOf } from '../words/jurisdictions.ts'

/** The data of an event, with its words spelt as releases spell them, and what could not be understood of it. */
interface ReadData {
  readonly data: EventFields
  readonly reject?: ValidationError
}

/**
 * Spells the zone and the jurisdiction of a profile as releases do; a blank one counts as not given. One that is none
 * stays as it is, so that it is read strictly, and is reported.
 */
export function readWords(type: string, data: EventFields): ReadData {
  if (type !== 'profile_changed') return { data }
  const { timeZone, jurisdiction } = data as unknown as ProfileChanged
  const zone = wordOf(timeZone, text => zoneOf(text)?.name ?? null)
  const law = wordOf(jurisdiction, jurisdictionOf)
  const words = { timeZone: zone.word, jurisdiction: law.word }
  if (!zone.isUnknown && !law.isUnknown) return { data: words }
  return { data: words, reject: zone.isUnknown ? unknownZone : unknownJurisdiction }
}

const unknownZone = {
  reason: 'unknown-zone',
  detail: 'the time zone is no IANA zone, so it counts as unknown; all else of the event counts',
}
const unknownJurisdiction = {
  reason: 'unknown-jurisdiction',
  detail: 'the jurisdiction is no ISO 3166 code, so it counts as opt-in; all else of the event counts',
}

function wordOf(text: string | null, find: (text: string) => string | null) {
  if (text === null || text.trim() === '') return { word: null, isUnknown: false }
  const word = find(text)
  return { word: word ?? text.trim(), isUnknown: word === null }
}
