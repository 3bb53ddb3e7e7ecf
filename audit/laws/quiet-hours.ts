import moment from 'moment-timezone'
import type { QuietHours, Release } from '../../operators/release/release.ts'

/** Returns the zones that a person may live in: the known one, else all zones of the country; none where it is unknown. */
export function zonesOfPerson(timeZone: string, release: Release): readonly string[] {
  if (timeZone !== '' && moment.tz.zone(timeZone)) return [timeZone]
  return moment.tz.zonesForCountry(release.person.country) ?? []
}

/** Returns the quiet hours that close this channel and purpose at that time in any of the zones; null where it is open. */
export function quietHoursBreach(
  release: Release,
  channel: string,
  purpose: string,
  zones: readonly string[],
  at: number,
): string | null {
  for (const quietHours of release.quietHours) {
    if (!quietHours.channels.some(name => name === channel) || quietHours.exempt.includes(purpose)) continue
    if (zones.length === 0) return `quiet hours '${quietHours.id}' always hold where the time zone is unknown`
    for (const zone of zones) {
      const [time, weekday, day] = moment.tz(at, zone).format('HH:mm ddd d').split(' ')
      if (isQuiet(quietHours, time!, Number(day)))
        return `quiet hours '${quietHours.id}': ${weekday} ${time} in ${zone}`
    }
  }
  return null
}

function isQuiet({ fromMinute, toMinute, closedDays }: QuietHours, time: string, day: number): boolean {
  if (closedDays.includes(day)) return true
  const minute = Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
  return fromMinute <= toMinute ? fromMinute <= minute && minute < toMinute : minute >= fromMinute || minute < toMinute
}
