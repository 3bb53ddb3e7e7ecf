import type { InputRecord } from '../../schemas/input-record.ts'
import { days, hours, minutes } from '../../schemas/record.ts'
import { input } from '../../testing/topology-test.ts'
import { chance } from '../../topology/test/random-history.ts'
import { deliveries, scans } from '../05-parcels/topology.ts'

const start = Date.UTC(2024, 2, 25, 7)
const depots = ['Hamburg', 'Leipzig', 'Nuremberg', 'Cologne']
const regions = ['north', 'east', 'south', 'west']

/** Makes the history of parcels over a few days: announced before or after their first scan, and handed over in time, late, or never. */
export function parcelHistory(seed: number, parcels: number): InputRecord[] {
  const random = chance(seed)
  const below = (count: number) => Math.floor(random() * count)
  const one = <T>(items: readonly T[]): T => items[below(items.length)]!
  const history: InputRecord[] = []
  for (let n = 0; n < parcels; n++) {
    const parcel = `p${n}`
    const sent = start + below(days(3))
    const dueAt = sent + days(1)
    const scanned = (depot: string, timestamp: number, isLast = false) =>
      history.push(input(scans, 'scan', { parcel, depot, isLast }, { key: parcel, timestamp }))
    const announcedAt = sent + below(hours(4))
    const delivery = { parcel, region: one(regions), dueAt }
    history.push(input(deliveries, 'delivery', delivery, { key: parcel, timestamp: announcedAt }))
    scanned(one(depots), sent + hours(2))
    scanned(one(depots), sent + hours(8) + below(minutes(30)))
    const kind = random()
    if (kind < 0.8) scanned('door', sent + hours(10) + below(hours(13)), true)
    else if (kind < 0.9) scanned('door', dueAt + minutes(1) + below(hours(10)), true)
  }
  return history.sort((a, b) => a.timestamp - b.timestamp)
}
