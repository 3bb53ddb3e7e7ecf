import { days, type Time } from '../../schemas/record.ts'
import {
  minuteOfDay,
  offsetIndex,
  wallMinutes,
  weekdayOf,
  type Zone,
  zoneOf,
  zonesOfCountry,
} from '../calendar/zones.ts'
import type { QuietHours } from '../release/release.ts'

/** A channel that stays closed for longer than this counts as closed for good. */
const horizonMs = days(14)
const dayMinutes = 1440
const minuteMs = 60_000

/** The quiet hours that a contact by this channel, for this purpose, must keep. */
export const quietHoursFor = (quiet: readonly QuietHours[], channel: string, purpose: string): readonly QuietHours[] =>
  quiet.filter(({ channels, exempt }) => channels.some(name => name === channel) && !exempt.includes(purpose))

/**
 * Where the person may be: the zone, if it is known; else all of the country's, and what is quiet in one of them is
 * quiet. None when neither is known: then nothing that keeps quiet hours is ever open.
 */
export function possibleZones(zone: string | null, country: string): readonly Zone[] {
  const sure = zone === null ? null : zoneOf(zone)
  return sure ? [sure] : zonesOfCountry(country)
}

/** The first of these quiet hours that closes the channel at this instant in one of the zones; null when it is open. */
export function closedBy(quiet: readonly QuietHours[], zones: readonly Zone[], at: Time): QuietHours | null {
  if (quiet.length === 0) return null
  if (zones.length === 0) return quiet[0]!
  let closing = quiet.length
  for (const zone of zones) {
    const wall = wallMinutes(zone, at)
    for (let i = 0; i < closing; i++) if (closes(quiet[i]!, wall)) closing = i
  }
  return quiet[closing] ?? null
}

/**
 * The first instant from `at` on that is open in every one of the zones, to the millisecond; null when there is none
 * within 14 days. A wall-clock time that summer time skips opens at the instant of the change; of one that comes twice,
 * both count as what the wall clock says.
 */
export function openingFor(quiet: readonly QuietHours[], zones: readonly Zone[], at: Time): Time | null {
  if (quiet.length === 0) return at
  if (zones.length === 0) return null
  let open = at
  for (;;) {
    const before = open
    for (const zone of zones) {
      const next = openingIn(quiet, zone, open, at + horizonMs)
      if (next === null) return null
      open = next
    }
    if (open === before) return open
  }
}

/** `at` itself when a contact may be made then; else when it next may; null when not within 14 days. */
export const nextOpening = (
  quiet: readonly QuietHours[],
  zone: string | null,
  country: string,
  channel: string,
  purpose: string,
  at: Time,
): Time | null => openingFor(quietHoursFor(quiet, channel, purpose), possibleZones(zone, country), at)

/** True when no contact may be made at this instant. */
export const isQuiet = (
  quiet: readonly QuietHours[],
  zone: string | null,
  country: string,
  channel: string,
  purpose: string,
  at: Time,
): boolean => closedBy(quietHoursFor(quiet, channel, purpose), possibleZones(zone, country), at) !== null

function openingIn(quiet: readonly QuietHours[], zone: Zone, from: Time, limit: Time): Time | null {
  for (let at = from; at <= limit; ) {
    const index = offsetIndex(zone, at)
    const offset = zone.offsets[index]!
    const wall = Math.floor((at - offset) / minuteMs)
    const open = openWall(quiet, wall, wall + horizonMs / minuteMs)
    const opening = open === wall ? at : open * minuteMs + offset
    const until = zone.untils[index]!
    if (opening < until) return opening <= limit ? opening : null
    at = until
  }
  return null
}

/** The first wall-clock minute from `wall` on that none of them closes, as long as the offset does not change. */
function openWall(quiet: readonly QuietHours[], wall: number, limit: number): number {
  let open = wall
  for (let passed = 0; passed < quiet.length && open <= limit; ) {
    passed = 0
    for (const hours of quiet) {
      if (closes(hours, open)) open = reopens(hours, open)
      else passed++
    }
  }
  return open
}

function closes({ fromMinute, toMinute, closedDays }: QuietHours, wall: number): boolean {
  if (closedDays.length > 0 && closedDays.includes(weekdayOf(wall))) return true
  const minute = minuteOfDay(wall)
  return fromMinute <= toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute
}

/** Of quiet hours that are closed at `wall`: a later minute before which they are never open. */
function reopens({ fromMinute, toMinute, closedDays }: QuietHours, wall: number): number {
  const minute = minuteOfDay(wall)
  const midnight = wall - minute
  if (closedDays.includes(weekdayOf(wall))) return midnight + dayMinutes
  const isBeforeMidnight = fromMinute > toMinute && minute >= fromMinute
  return midnight + toMinute + (isBeforeMidnight ? dayMinutes : 0)
}
