import type { FeatureRow } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { zoneOf } from '../calendar/zones.ts'
import { featureValue } from '../features/served.ts'
import type { CompiledRelease } from '../release/compiled/compiled-release.ts'
import type { PersonLocale } from '../request.ts'
import { foldJurisdiction } from '../words/jurisdictions.ts'

/**
 * Finds the jurisdiction and time zone of a person: those of the person's own `last` features, else the release's defaults.
 * An own zone that is none counts as unknown, not as the release's: the person does not live there.
 */
export function localeOf(release: CompiledRelease, row: FeatureRow, now: Time): PersonLocale {
  const { jurisdiction, timeZone, jurisdictionFeature, timeZoneFeature } = release.release.person
  const textOf = (name: string | null) => (name === null ? '' : (featureValue(release, row, name, now)?.text ?? ''))
  const ownJurisdiction = foldJurisdiction(textOf(jurisdictionFeature))
  const given = textOf(timeZoneFeature)
  const own = zoneOf(given)
  const assumed = given.trim() === '' ? timeZone : null
  return {
    jurisdiction: ownJurisdiction || jurisdiction,
    timeZone: own?.name ?? assumed,
    timeZoneSource: own ? 'person' : assumed ? 'release' : 'unknown',
  }
}
