import type { FeatureRow } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { zoneOf } from '../calendar/zones.ts'
import { featureValue } from '../features/served.ts'
import type { CompiledRelease } from '../release/compiled/compiled-release.ts'
import type { ConsentedRequest } from '../request.ts'

/** Whose law, and whose clock, counts for a person. */
export type Whereabouts = Pick<ConsentedRequest, 'jurisdiction' | 'timeZone' | 'timeZoneSource'>

/** What the person's own `last` features say of jurisdiction and zone, else what the release assumes. A zone that nobody knows is not told. */
export function whereabouts(release: CompiledRelease, row: FeatureRow, now: Time): Whereabouts {
  const { jurisdiction, timeZone, jurisdictionFeature, timeZoneFeature } = release.release.person
  const told = (name: string | null) => (name === null ? '' : (featureValue(release, row, name, now)?.text ?? ''))
  const zone = told(timeZoneFeature)
  const own = zoneOf(zone) ? zone : ''
  return {
    jurisdiction: told(jurisdictionFeature) || jurisdiction,
    timeZone: own || timeZone,
    timeZoneSource: own ? 'person' : timeZone ? 'release' : 'unknown',
  }
}
