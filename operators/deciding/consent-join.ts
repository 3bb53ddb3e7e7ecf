import { builtInData } from '../../schemas/catalog/event-reading.ts'
import { ConsentRow, PersonEvent } from '../../schemas/generated.ts'
import { table } from '../../state/table.ts'
import { assumedRecords } from '../consent/assumed-no.ts'
import { scopesOf } from '../consent/consent-scopes.ts'
import { addConsentRecord, consentFound, joinedConsents } from '../consent/consent-state.ts'
import { localeOf } from '../consent/locale.ts'
import { operator } from '../operator.ts'
import { compiled } from '../release/compiled/compiled-release.ts'
import { ConsentedRequest, DecisionRequest } from '../request.ts'
import { release } from './active-release.ts'
import { eventTypeVersions } from './event-types.ts'
import { features } from './windowed-features.ts'

/** Holds the consent of each person, by purpose and channel, with its proof. */
export const consents = table('consents', {
  schema: ConsentRow,
  empty: { records: [] },
  merge: (into, from): ConsentRow => ({ records: joinedConsents(into.records, from.records) }),
  expires: row => row.records.length === 0,
})

/** Adds the person's locale and consent to each request. Where the law says opt-in, unknown consent means no. */
export const consentJoin = operator({
  name: 'consent-join',
  input: { event: PersonEvent, request: DecisionRequest },
  output: ConsentedRequest,
  writes: consents,
  reads: { features, release, versions: eventTypeVersions },
  on: {
    event({ value: event, receivedAt }, row, reads) {
      if (event.type === 'consent_unreadable') {
        const data = builtInData(event, 'consent_unreadable', reads)
        const unread = assumedRecords(data, { ...event, recordedAt: receivedAt })
        return { row: { records: unread.reduce((all, one) => addConsentRecord(all, one, receivedAt), row.records) } }
      }
      if (event.type !== 'consent_changed') return {}
      const { channel, ...change } = builtInData(event, 'consent_changed', reads)
      const { source, origin, eventId } = event
      const word = { ...change, channel: channel ?? '', source, origin, eventId }
      return { row: { records: addConsentRecord(row.records, word, receivedAt) } }
    },
    request({ value: request, receivedAt: now }, row, reads) {
      const active = compiled(reads.release)
      if (!active) return {}
      const locale = localeOf(active, reads.features, now)
      const asked = { policy: active.release.consent, jurisdiction: locale.jurisdiction, now }
      const consent = scopesOf(active).map(scope => consentFound(row.records, scope, asked))
      return { emit: [{ request, locale, consent }] }
    },
  },
})
