import { visibleLine } from '../../cli/foreign-text.ts'
import { type ActionNames, idWithName } from '../action-names.ts'
import { formatConsent } from '../explain/format.ts'
import { field, formatClock, formatDuration, formatNumber, wrap } from '../explain/phrases.ts'
import type { PersonIdentity } from './identity.ts'
import type { PersonStatus } from './status.ts'
import type { TimelineEntry } from './timeline.ts'

/** The report on a person: identity, status and timeline. */
export interface PersonReport extends PersonIdentity {
  readonly standing: PersonStatus | null
  readonly timeline: readonly TimelineEntry[]
}

/** Formats the report on a person as plain text. */
export function formatPerson({ standing, timeline, ...identity }: PersonReport, names: ActionNames): string {
  const zone = standing?.timeZone ?? ''
  const parts = [
    [`Person ${identity.personId}`, ...formatMerges(identity)],
    ['KNOWN BY', ...formatMembers(identity, zone)],
    ['LINKED BY', ...formatLinks(identity, zone)],
    ...(standing ? formatStatus(standing, names) : [['No release decides there yet.']]),
    [`LAST ${timeline.length} ENTRIES`, ...timeline.flatMap(one => formatEntry(one, zone))],
  ]
  return parts
    .map(lines => (lines.length === 1 ? [...lines, '  nothing'] : lines).map(visibleLine).join('\n'))
    .join('\n\n')
}

function formatMerges({ was, absorbed, offeredTo }: PersonIdentity): string[] {
  const lines = was.length > 0 ? field('was', was.join(', then ')) : []
  if (absorbed.length > 0) lines.push(...field('took in', absorbed.join(', ')))
  if (offeredTo !== null) lines.push(...field('waits for', `the verdict of ${offeredTo} on a merge`))
  return lines.length > 0 ? lines : field('merged', 'with nobody')
}

const formatMembers = ({ members: all }: PersonIdentity, zone: string): string[] =>
  all.flatMap(({ token, at }) => wrap(at === 0 ? token : `${token}, last linked ${formatClock(at, zone)}`, '  · '))

const formatLinks = ({ links: all }: PersonIdentity, zone: string): string[] =>
  all.flatMap(({ from, to, eventId, at }) =>
    wrap(`${from} with ${to}, ${formatClock(at, zone)}, event ${eventId}`, '  · '),
  )

function formatStatus(standing: PersonStatus, names: ActionNames): string[][] {
  const { at, release, jurisdiction, timeZone, timeZoneSource } = standing
  const stopped = release.stopped.length > 0 ? `, stopped: ${release.stopped.join(', ')}` : ''
  return [
    [
      'WHERE IT STANDS',
      ...field('at', formatClock(at, timeZone ?? '')),
      ...field('release', `${release.id}, version ${release.version}${stopped}`),
      ...field('jurisdiction', jurisdiction || 'unknown'),
      ...field('time zone', timeZone ? `${timeZone}, known from the ${timeZoneSource}` : 'unknown'),
    ],
    ['CONSENT', ...standing.consent.flatMap(formatConsent)],
    ['CONTACT LIMITS', ...formatLimits(standing)],
    ['CONTACTS', ...formatContacts(standing, names)],
    ['JOURNEYS', ...formatJourneys(standing)],
    [
      'FEATURES',
      ...standing.features.flatMap(({ name, number, text }) =>
        field(name, number === null ? (text ?? 'none') : formatNumber(number)),
      ),
    ],
  ]
}

function formatLimits({
  caps,
  points,
  ledger: { suppressions, deferred, counters },
  timeZone,
}: PersonStatus): string[] {
  const zone = timeZone ?? ''
  return [
    ...caps.flatMap(({ cap, of, used, limit, windowMs }) =>
      wrap(
        `${cap}${of && ` for ${of}`}: ${used} of ${limit} used in ${formatDuration(windowMs)}`,
        `  ${used >= limit ? '×' : '·'} `,
      ),
    ),
    ...(points.limit > 0
      ? field('budget', `${formatNumber(points.used)} of ${formatNumber(points.limit)} points used`)
      : []),
    ...suppressions.flatMap(({ id, scope, of, until }) =>
      wrap(`${id} pauses ${scope} ${of} until ${formatClock(until, zone)}`, '  × '),
    ),
    ...(deferred
      ? field('deferred', `${deferred.decisionIds.join(', ')} until ${formatClock(deferred.notBefore, zone)}`)
      : []),
    ...field('given back', `${counters.returned} returned, ${counters.cancelled} cancelled`),
    ...field('not joined', `${counters.unknown} receipts, ${counters.unjoined} redemptions`),
  ]
}

const formatContacts = ({ ledger, timeZone }: PersonStatus, names: ActionNames): string[] =>
  ledger.contacts.flatMap(({ actionId, channel, at, state, decisionId }) =>
    wrap(
      `${idWithName(actionId, names)} by ${channel || 'another policy'}, ${formatClock(at, timeZone ?? '')}: ${state}, ${decisionId.slice(0, 12)}`,
      '  · ',
    ),
  )

const formatJourneys = ({ journeys: { runs, ended }, timeZone }: PersonStatus): string[] => [
  ...runs.flatMap(({ id, stage, waitingUntil }) =>
    wrap(`${id}: at ${stage}, waits until ${formatClock(waitingUntil, timeZone ?? '')}`, '  · '),
  ),
  ...ended.flatMap(({ id, how, at }) => wrap(`${id}: ended by ${how}, ${formatClock(at, timeZone ?? '')}`, '  · ')),
]

const formatEntry = ({ at, kind, what, id }: TimelineEntry, zone: string): string[] =>
  wrap(`${formatClock(at, zone)}  ${what}${kind === 'decision' ? ` (${id.slice(0, 12)})` : ''}`, '  ', '    ')
