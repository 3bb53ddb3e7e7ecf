import type { IdentifiedRecord } from '../schemas/input-record.ts'
import { topics } from '../schemas/topics.ts'
import { encodeValue } from '../schemas/wire.ts'
import { Chance } from './chance.ts'
import {
  type Household,
  newHousehold,
  type ReceivedChange,
  SampleRecorder,
  simulateCampaign,
  simulateHousehold,
} from './sample-household.ts'
import { favourites } from './sample-products.ts'

const days = 42
/** 09:00 in New York, which is four hours behind UTC in summer. */
const start = Date.UTC(2017, 6, 10, 13)

/**
 * Generates six weeks of simulated customers from Monday 2017-07-10. They order by day and by night, browse anonymously
 * and log in later, share a tablet, mistype an address, withdraw consent and grant it again. Some records are late, and
 * some come twice. The seed and the number of customers, at least four, fix every byte.
 */
export function* sampleHistory(seed: string, customers: number): Generator<IdentifiedRecord> {
  const received = simulateAll(seed, customers)
  const order = received.map((_, i) => i).sort((a, b) => received[a]!.receivedAt - received[b]!.receivedAt || a - b)
  for (const i of order) yield inputRecordOf(received[i]!)
}

function simulateAll(seed: string, customers: number): readonly ReceivedChange[] {
  const chance = new Chance(`${seed}:${customers}`)
  const recorder = new SampleRecorder(chance, start, days)
  const households = Array.from({ length: customers }, (_, i) => newHousehold(i + 1, chance))
  for (const household of households) simulateHousehold(recorder, household)
  shareTablet(recorder, households)
  mistype(recorder, households)
  simulateCampaign(recorder, households, '11', Date.UTC(2017, 6, 12, 4), Date.UTC(2017, 7, 28, 3, 59, 59))
  simulateCampaign(recorder, households, '13', Date.UTC(2017, 7, 8, 4), Date.UTC(2017, 8, 25, 3, 59, 59))
  return recorder.received
}

/** Lets three households log in on the tablet of a waiting room, which only the first may keep. */
function shareTablet(recorder: SampleRecorder, households: readonly Household[]): void {
  const tablet = { type: 'device_id', value: 'tablet-in-the-waiting-room' }
  households.slice(0, 3).forEach(({ household }, i) => {
    recorder.recordOrder(recorder.moment(7 * (i + 1)), [household, tablet], favourites)
    recorder.recordView(recorder.moment(7 * (i + 1) + 2), [tablet], favourites)
  })
}

/** Lets a household enter another's address; the two must not become one person. */
function mistype(recorder: SampleRecorder, households: readonly Household[]): void {
  const [right, wrong] = households.slice(-2) as [Household, Household]
  recorder.recordOrder(recorder.moment(4), [right.household, right.email], favourites)
  recorder.recordOrder(recorder.moment(11), [wrong.household, right.email], favourites)
}

/** Makes the input record of a change, as the grocer's systems write it. */
export function inputRecordOf({ receivedAt, event, consent }: ReceivedChange): IdentifiedRecord {
  if (event)
    return {
      topic: 'events',
      key: event.identifiers[0]!.value,
      timestamp: receivedAt,
      value: encodeValue(topics.events.types.event, event),
      id: event.eventId,
    }
  return {
    topic: 'consents',
    key: consent!.identifiers[0]!.value,
    timestamp: receivedAt,
    value: encodeValue(topics.consents.types.consent, consent!),
    id: consent!.eventId,
  }
}
