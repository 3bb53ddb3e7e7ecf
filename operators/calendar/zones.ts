import moment from 'moment-timezone'
import type { Time } from '../../schemas/record.ts'
import { foldWord } from '../../schemas/words.ts'

/** The rules of one time zone: between two changes of the clock, local time is UTC minus a constant offset. */
export interface Zone {
  readonly name: string
  /** Ascending; offset i holds before `untils[i]` and from `untils[i - 1]` on. The last is Infinity. */
  readonly untils: readonly number[]
  /** Milliseconds that UTC is ahead of local time. */
  readonly offsets: readonly number[]
}

const minuteMs = 60_000
const dayMinutes = 1440

/** The IANA names by their folded spelling. */
const known: ReadonlyMap<string, string> = new Map(moment.tz.names().map(name => [foldWord(name), name]))
const zones = new Map<string, Zone>()
const countries = new Map<string, readonly Zone[]>()

/** Finds the zone of an IANA name, in which case and surrounding blanks mean nothing; null for any other text. */
export function zoneOf(text: string): Zone | null {
  const found = zones.get(text)
  if (found) return found
  const name = known.get(foldWord(text))
  // The package looks names up in plain objects, where it would find 'constructor' too, so only listed names are allowed.
  const packed = name === undefined ? null : moment.tz.zone(name)
  if (name === undefined || !packed) return null
  const made = zones.get(name)
  if (made) return made
  const zone = { name, untils: packed.untils, offsets: packed.offsets.map(offset => Math.round(offset * minuteMs)) }
  zones.set(name, zone)
  return zone
}

/** Lists all zones of an ISO country by name; an unknown country has none. */
export function zonesOfCountry(country: string): readonly Zone[] {
  const found = countries.get(country)
  if (found) return found
  const names = moment.tz.zonesForCountry(country) ?? []
  const list = names.map(zoneOf).filter(zone => zone !== null)
  if (list.length > 0) countries.set(country, list)
  return list
}

/** Finds the index of the zone's offset that holds at this instant. */
export function offsetIndex(zone: Zone, at: Time): number {
  let low = 0
  let high = zone.untils.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (at < zone.untils[middle]!) high = middle
    else low = middle + 1
  }
  return low
}

/** Counts the minutes since 1970-01-01 00:00 on a wall clock of the zone. */
export const wallMinutes = (zone: Zone, at: Time): number =>
  Math.floor((at - zone.offsets[offsetIndex(zone, at)]!) / minuteMs)

/** Returns the minute of the day, 0 to 1439, of wall-clock minutes. */
export const minuteOfDay = (wall: number): number => wall - Math.floor(wall / dayMinutes) * dayMinutes

/** Returns the weekday of wall-clock minutes; 0 is Sunday. 1970-01-01 was a Thursday. */
export function weekdayOf(wall: number): number {
  const day = Math.floor(wall / dayMinutes) + 4
  return day - Math.floor(day / 7) * 7
}

/** Returns the month of wall-clock minutes; 1 is January (H. Hinnant, "chrono-compatible low-level date algorithms"). */
export function monthOf(wall: number): number {
  const days = Math.floor(wall / dayMinutes) + 719_468
  const ofEra = days - Math.floor(days / 146_097) * 146_097
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const fromMarch = Math.floor((5 * ofYear + 2) / 153)
  return fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
}

/** Returns the minute of the local day, 0 to 1439. */
export const localMinute = (zone: Zone, at: Time): number => minuteOfDay(wallMinutes(zone, at))

/** Returns the local weekday; 0 is Sunday. */
export const localWeekday = (zone: Zone, at: Time): number => weekdayOf(wallMinutes(zone, at))

/** Returns the local month; 1 is January. */
export const localMonth = (zone: Zone, at: Time): number => monthOf(wallMinutes(zone, at))
