import { scopesOf } from '../../../operators/consent/consent-scopes.ts'
import { consentFound } from '../../../operators/consent/consent-state.ts'
import { localeOf } from '../../../operators/consent/locale.ts'
import { pointsUsed } from '../../../operators/contact-policy/budget.ts'
import { mustKeep, usedOf } from '../../../operators/contact-policy/caps.ts'
import { release as releases } from '../../../operators/deciding/active-release.ts'
import { consents } from '../../../operators/deciding/consent-join.ts'
import { ledger } from '../../../operators/deciding/fatigue-ledger.ts'
import { journeyStates } from '../../../operators/deciding/journeys.ts'
import { features } from '../../../operators/deciding/windowed-features.ts'
import { featureVector } from '../../../operators/features/served.ts'
import { compiled } from '../../../operators/release/compiled/compiled-release.ts'
import type { Cap } from '../../../operators/release/release.ts'
import type { ConsentFound, FeatureValue, JourneysRow, LedgerRow } from '../../../schemas/generated.ts'
import type { Time } from '../../../schemas/record.ts'
import type { RowSet } from '../../../state/row-set.ts'

/** The use of a cap by a person; where the cap counts per action or group, the use for one of them. */
export interface UsedCap {
  readonly cap: string
  /** The action or group; empty where the cap counts all together. */
  readonly of: string
  readonly windowMs: number
  readonly used: number
  readonly limit: number
}

/** The status of a person at a time, read from the rows that decide and by the release in force. */
export interface PersonStatus {
  readonly at: Time
  readonly release: {
    readonly id: string
    readonly version: number
    readonly hash: string
    readonly stopped: readonly string[]
  }
  readonly jurisdiction: string
  /** Null where it is unknown. */
  readonly timeZone: string | null
  readonly timeZoneSource: string
  readonly consent: readonly ConsentFound[]
  readonly features: readonly FeatureValue[]
  readonly caps: readonly UsedCap[]
  readonly points: { readonly used: number; readonly limit: number }
  readonly ledger: LedgerRow
  readonly journeys: JourneysRow
}

/** Reads the status from a person's rows; null before the first release. */
export function personStatusOf(rows: RowSet, partition: RowSet, at: Time): PersonStatus | null {
  const row = partition.get(releases)
  const active = compiled(row)
  if (active === null) return null
  const { release, hash } = active
  const known = rows.get(features)
  const locale = localeOf(active, known, at)
  const { records } = rows.get(consents)
  const asked = { policy: release.consent, jurisdiction: locale.jurisdiction, now: at }
  const contacts = rows.get(ledger)
  return {
    at,
    release: { id: release.release, version: release.version, hash, stopped: row.stopped },
    ...locale,
    consent: scopesOf(active).map(scope => consentFound(records, scope, asked)),
    features: featureVector(active, known, at),
    caps: release.caps.flatMap(cap => usedCaps(cap, contacts, at)),
    points: { used: pointsUsed(release.budget, contacts.contacts, at), limit: release.budget?.points ?? 0 },
    ledger: contacts,
    journeys: rows.get(journeyStates),
  }
}

/** Counts the use of a cap. A cap per action or group has one count for each with a contact. */
function usedCaps(cap: Cap, { contacts }: LedgerRow, at: Time): UsedCap[] {
  const { id, windowMs, max: limit, per } = cap
  const kinds = new Map(
    contacts
      .filter(one => mustKeep(cap, one))
      .map(one => [per === 'action' ? one.actionId : per === 'group' ? one.group : '', one]),
  )
  if (per === null && kinds.size === 0) return [{ cap: id, of: '', windowMs, used: 0, limit }]
  return [...kinds].map(([of, kind]) => ({ cap: id, of, windowMs, used: usedOf(cap, contacts, kind, at), limit }))
}
