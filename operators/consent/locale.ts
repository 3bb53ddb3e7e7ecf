import type { FeatureRow } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { zoneOf } from '../calendar/zones.ts'
import { featureValue } from '../features/served.ts'
import type { CompiledRelease } from '../release/compiled/compiled-release.ts'
import type { PersonLocale } from '../request.ts'

/**
 * Finds the jurisdiction and time zone of a person: those of the person's own `last` features, else the release's defaults.
 * A zone that is not an IANA zone is ignored.
 */
export function localeOf(release: CompiledRelease, row: FeatureRow, now: Time): PersonLocale {
  const { jurisdiction, timeZone, jurisdictionFeature, timeZoneFeature } = release.release.person
  const textOf = (name: string | null) => (name === null ? '' : (featureValue(release, row, name, now)?.text ?? ''))
  const zone = textOf(timeZoneFeature)
  const own = zoneOf(zone) ? zone : ''
  return {
    jurisdiction: textOf(jurisdictionFeature) || jurisdiction,
    timeZone: own || timeZone,
    timeZoneSource: own ? 'person' : timeZone ? 'release' : 'unknown',
  }
}
