import { topics } from '../../schemas/topics.ts'
import { encodeValue } from '../../schemas/wire.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import type { Adapter, InputRecord } from './adapter.ts'
import { Chance } from './chance.ts'
import { localTime } from './local-time.ts'
import { campaign, type Heard, type Household, live, newHousehold, Story } from './sample-customer.ts'
import { favourites } from './sample-products.ts'

const days = 42
const timeOf = localTime('America/New_York')

/**
 * Customers who never were, over six weeks from Monday 2017-07-10: they order by day and by night, look around unknown
 * and log in later, share a tablet, mistype an address, say no and yes again; some of it is heard late, or twice.
 * The input is `seed` or `seed:customers`, and nothing else decides what comes: same input, same bytes.
 */
export const sample: Adapter = {
  name: 'sample',
  async *read(input) {
    const { seed, customers } = parse(input ?? '')
    const heard = tell(seed, customers)
    const order = heard.map((_, i) => i).sort((a, b) => heard[a]!.receivedAt - heard[b]!.receivedAt || a - b)
    for (const i of order) yield recordOf(heard[i]!)
  },
}

function parse(input: string): { seed: string; customers: number } {
  const [seed = '', size = '300', ...rest] = input.split(':')
  const customers = Number(size)
  if (rest.length > 0 || !Number.isInteger(customers) || customers < 4 || customers > 1_000_000)
    throw new ConnectorError(
      'input-bad',
      `'${input}' is not a seed, or a seed and a number of customers from 4 on, as in 'spring:300'`,
    )
  return { seed: seed === '' ? 'joai' : seed, customers }
}

function tell(seed: string, customers: number): readonly Heard[] {
  const chance = new Chance(`${seed}:${customers}`)
  const story = new Story(chance, timeOf('2017-07-10 09:00:00')!, days)
  const households = Array.from({ length: customers }, (_, i) => newHousehold(i + 1, chance))
  for (const household of households) live(story, household)
  shareTablet(story, households)
  mistype(story, households)
  campaign(story, households, '11', timeOf('2017-07-12 00:00:00')!, timeOf('2017-08-27 23:59:59')!)
  campaign(story, households, '13', timeOf('2017-08-08 00:00:00')!, timeOf('2017-09-24 23:59:59')!)
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
export function recordOf({ receivedAt, event, consent }: Heard): InputRecord {
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
