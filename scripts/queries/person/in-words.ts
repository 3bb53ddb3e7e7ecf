import { type ActionNames, inFull } from '../action-names.ts'
import { relied } from '../explain/in-words.ts'
import { amount, clock, field, span, wrap } from '../explain/phrases.ts'
import type { Standing } from './standing.ts'
import type { Happened } from './timeline.ts'
import type { Who } from './who.ts'

/** All that is told of a person. */
export interface PersonTold extends Who {
  readonly standing: Standing | null
  readonly timeline: readonly Happened[]
}

/** Tells who a person is and where it stands to whoever looks it up: plain text. */
export function inWords({ standing, timeline, ...who }: PersonTold, names: ActionNames): string {
  const zone = standing?.timeZone ?? ''
  const parts = [
    [`Person ${who.personId}`, ...wasOther(who)],
    ['KNOWN BY', ...members(who, zone)],
    ['LINKED BY', ...links(who, zone)],
    ...(standing ? standingInWords(standing, names) : [['No release decides there yet.']]),
    [`LAST ${timeline.length} ENTRIES`, ...timeline.flatMap(one => happened(one, zone))],
  ]
  return parts.map(lines => (lines.length === 1 ? [...lines, '  nothing'] : lines).join('\n')).join('\n\n')
}

function wasOther({ was, absorbed, offeredTo }: Who): string[] {
  const lines = was.length > 0 ? field('was', was.join(', then ')) : []
  if (absorbed.length > 0) lines.push(...field('took in', absorbed.join(', ')))
  if (offeredTo !== null) lines.push(...field('waits for', `the verdict of ${offeredTo} on a merge`))
  return lines.length > 0 ? lines : field('merged', 'with nobody')
}

const members = ({ members: all }: Who, zone: string): string[] =>
  all.flatMap(({ token, at }) => wrap(at === 0 ? token : `${token}, last linked ${clock(at, zone)}`, '  · '))

const links = ({ links: all }: Who, zone: string): string[] =>
  all.flatMap(({ from, to, eventId, at }) => wrap(`${from} with ${to}, ${clock(at, zone)}, event ${eventId}`, '  · '))

function standingInWords(standing: Standing, names: ActionNames): string[][] {
  const { at, release, jurisdiction, timeZone, timeZoneSource } = standing
  const stopped = release.stopped.length > 0 ? `, stopped: ${release.stopped.join(', ')}` : ''
  return [
    [
      'WHERE IT STANDS',
      ...field('at', clock(at, timeZone ?? '')),
      ...field('release', `${release.id}, version ${release.version}${stopped}`),
      ...field('jurisdiction', jurisdiction || 'unknown'),
      ...field('time zone', timeZone ? `${timeZone}, known from the ${timeZoneSource}` : 'unknown'),
    ],
    ['CONSENT', ...standing.consent.flatMap(relied)],
    ['CONTACT LIMITS', ...limits(standing)],
    ['CONTACTS', ...contacts(standing, names)],
    ['JOURNEYS', ...journeys(standing)],
    [
      'FEATURES',
      ...standing.features.flatMap(({ name, number, text }) =>
        field(name, number === null ? (text ?? 'none') : amount(number)),
      ),
    ],
  ]
}

function limits({ caps, points, ledger: { suppressions, deferred, counters }, timeZone }: Standing): string[] {
  const zone = timeZone ?? ''
  return [
    ...caps.flatMap(({ cap, of, used, limit, windowMs }) =>
      wrap(
        `${cap}${of && ` for ${of}`}: ${used} of ${limit} used in ${span(windowMs)}`,
        `  ${used >= limit ? '×' : '·'} `,
      ),
    ),
    ...(points.limit > 0 ? field('budget', `${amount(points.used)} of ${amount(points.limit)} points used`) : []),
    ...suppressions.flatMap(({ id, scope, of, until }) =>
      wrap(`${id} pauses ${scope} ${of} until ${clock(until, zone)}`, '  × '),
    ),
    ...(deferred
      ? field('deferred', `${deferred.decisionIds.join(', ')} until ${clock(deferred.notBefore, zone)}`)
      : []),
    ...field('given back', `${counters.returned} returned, ${counters.cancelled} cancelled`),
    ...field('not joined', `${counters.unknown} receipts, ${counters.unjoined} redemptions`),
  ]
}

const contacts = ({ ledger, timeZone }: Standing, names: ActionNames): string[] =>
  ledger.contacts.flatMap(({ actionId, channel, at, state, decisionId }) =>
    wrap(
      `${inFull(actionId, names)} by ${channel || 'another policy'}, ${clock(at, timeZone ?? '')}: ${state}, ${decisionId.slice(0, 12)}`,
      '  · ',
    ),
  )

const journeys = ({ journeys: { runs, ended }, timeZone }: Standing): string[] => [
  ...runs.flatMap(({ id, stage, waitingUntil }) =>
    wrap(`${id}: at ${stage}, waits until ${clock(waitingUntil, timeZone ?? '')}`, '  · '),
  ),
  ...ended.flatMap(({ id, how, at }) => wrap(`${id}: ended by ${how}, ${clock(at, timeZone ?? '')}`, '  · ')),
]

const happened = ({ at, kind, what, id }: Happened, zone: string): string[] =>
  wrap(`${clock(at, zone)}  ${what}${kind === 'decision' ? ` (${id.slice(0, 12)})` : ''}`, '  ', '    ')
