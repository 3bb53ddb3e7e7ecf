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

/** Selects the quiet hours that a contact by this channel, for this purpose, must keep. */
export const quietHoursFor = (quiet: readonly QuietHours[], channel: string, purpose: string): readonly QuietHours[] =>
  quiet.filter(({ channels, exempt }) => channels.some(name => name === channel) && !exempt.includes(purpose))

/**
 * Lists the zones in which the person may be: the known zone, or else all zones of the country; a time that is quiet in
 * one of them counts as quiet. Without a known zone or country the list is empty, and quiet hours never end.
 */
export function possibleZones(zone: string | null, country: string): readonly Zone[] {
  const sure = zone === null ? null : zoneOf(zone)
  return sure ? [sure] : zonesOfCountry(country)
}

/** Finds the first of these quiet hours that closes the channel at this instant in one of the zones; null when it is open. */
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
 * Finds the first instant from `at` on that is open in all of the zones, to the millisecond; null when there is none
 * within 14 days. An opening at a wall-clock time that summer time skips moves to the instant of the change. A
 * wall-clock time that occurs twice counts both times as the wall clock says.
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

/** Returns `at` when a contact may be made then, else the next time at which it may; null when there is none within 14 days. */
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

/** Finds the first wall-clock minute from `wall` on that no quiet hours close, assuming that the offset does not change. */
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

/** For quiet hours that close `wall`, returns a later minute before which they never open. */
function reopens({ fromMinute, toMinute, closedDays }: QuietHours, wall: number): number {
  const minute = minuteOfDay(wall)
  const midnight = wall - minute
  if (closedDays.includes(weekdayOf(wall))) return midnight + dayMinutes
  const isBeforeMidnight = fromMinute > toMinute && minute >= fromMinute
  return midnight + toMinute + (isBeforeMidnight ? dayMinutes : 0)
}
