import type { IdentifiedRecord } from '../schemas/input-record.ts'
import { topics } from '../schemas/topics.ts'
import { encodeValue } from '../schemas/wire.ts'
import { Chance } from './chance.ts'
import { campaign, type Heard, type Household, live, newHousehold, Story } from './sample-customer.ts'
import { favourites } from './sample-products.ts'

const days = 42
/** 09:00 in New York, which is four hours behind UTC in summer. */
const start = Date.UTC(2017, 6, 10, 13)

/**
 * Customers who never were, over six weeks from Monday 2017-07-10: they order by day and by night, look around unknown
 * and log in later, share a tablet, mistype an address, say no and yes again; some of it is heard late, or twice.
 * Nothing but the seed and the number of customers, four at least, decides what comes: same input, same bytes.
 */
export function* sampleHistory(seed: string, customers: number): Generator<IdentifiedRecord> {
  const heard = tell(seed, customers)
  const order = heard.map((_, i) => i).sort((a, b) => heard[a]!.receivedAt - heard[b]!.receivedAt || a - b)
  for (const i of order) yield recordOf(heard[i]!)
}

function tell(seed: string, customers: number): readonly Heard[] {
  const chance = new Chance(`${seed}:${customers}`)
  const story = new Story(chance, start, days)
  const households = Array.from({ length: customers }, (_, i) => newHousehold(i + 1, chance))
  for (const household of households) live(story, household)
  shareTablet(story, households)
  mistype(story, households)
  campaign(story, households, '11', Date.UTC(2017, 6, 12, 4), Date.UTC(2017, 7, 28, 3, 59, 59))
  campaign(story, households, '13', Date.UTC(2017, 7, 8, 4), Date.UTC(2017, 8, 25, 3, 59, 59))
  return story.heard
}

/** Three households log in on the tablet of a waiting room: only the first may keep it. */
function shareTablet(story: Story, households: readonly Household[]): void {
  const tablet = { type: 'device_id', value: 'tablet-in-the-waiting-room' }
  households.slice(0, 3).forEach(({ household }, i) => {
    story.order(story.moment(7 * (i + 1)), [household, tablet], favourites)
    story.view(story.moment(7 * (i + 1) + 2), [tablet], favourites)
  })
}

/** A stranger types someone else's address; two households must not become one person. */
function mistype(story: Story, households: readonly Household[]): void {
  const [right, wrong] = households.slice(-2) as [Household, Household]
  story.order(story.moment(4), [right.household, right.email], favourites)
  story.order(story.moment(11), [wrong.household, right.email], favourites)
}

/** What was heard, as the grocer's systems write it to the log. */
export function recordOf({ receivedAt, event, consent }: Heard): IdentifiedRecord {
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
