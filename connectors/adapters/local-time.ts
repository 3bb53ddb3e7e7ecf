import moment from 'moment-timezone'

const pattern = /^(\d{4})-(\d{2})-(\d{2})(?: (\d{2}):(\d{2}):(\d{2}))?$/

/**
 * Returns a function that reads local times of a zone as milliseconds since the epoch, and returns null for other texts. A time
 * that the clocks skip moves forward by the gap; a time that occurs twice means the first. The zone rules come from a package
 * and not from Node, so that the lockfile pins them.
 */
export function localTime(zoneName: string): (text: string) => number | null {
  const zone = moment.tz.zone(zoneName)
  if (!zone) throw new Error(`unknown zone '${zoneName}'`)
  return text => {
    const found = pattern.exec(text)
    if (!found) return null
    const [year, month, day, hour = 0, minute = 0, second = 0] = found.slice(1).map(part => Number(part ?? 0))
    const wall = Date.UTC(year!, month! - 1, day!, hour, minute, second)
    const given = found[4] === undefined ? `${text} 00:00:00` : text
    if (new Date(wall).toISOString().slice(0, 19).replace('T', ' ') !== given) return null
    return wall + zone.parse(wall) * 60_000
  }
}
