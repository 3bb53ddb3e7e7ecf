import type { ConsentChange, CustomerEvent, Identifier, OrderCompleted } from '../schemas/generated.ts'
import type { Chance } from './chance.ts'
import { type Category, favourites, staples } from './sample-products.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Something that happens, and when the log hears of it. */
export interface Heard {
  readonly receivedAt: number
  readonly event: CustomerEvent | null
  readonly consent: ConsentChange | null
}

/** A household of the sample, and by what the grocer's systems know it. */
export interface Household {
  readonly name: string
  readonly household: Identifier
  readonly email: Identifier
  readonly device: Identifier
  readonly zone: string
}

const zones = [
  'America/New_York',
  'America/New_York',
  'America/New_York',
  'America/New_York',
  'America/Chicago',
  'America/Chicago',
  'America/Denver',
  'America/Phoenix',
  'America/Los_Angeles',
  'America/Anchorage',
] as const

const identifier = (type: string, value: string): Identifier => ({ type, value })

export function newHousehold(number: number, chance: Chance): Household {
  const name = String(1000 + number)
  return {
    name,
    household: identifier('household_id', name),
    email: identifier('email_hash', `mail-${name}-${chance.between(1000, 9999)}`),
    device: identifier('device_id', `device-${name}-${chance.between(1000, 9999)}`),
    zone: chance.of(zones),
  }
}

/** An event as the company's systems tell it. */
export const customerEvent = (told: Omit<CustomerEvent, 'schemaVersion'>): CustomerEvent => ({
  ...told,
  schemaVersion: 1,
})

/** Collects what happens, with ids that no two events share. */
export class Story {
  readonly heard: Heard[] = []
  readonly chance: Chance
  readonly start: number
  readonly days: number
  #count = 0

  constructor(chance: Chance, start: number, days: number) {
    this.chance = chance
    this.start = start
    this.days = days
  }

  tell(at: number, type: CustomerEvent['type'], identifiers: readonly Identifier[], data: CustomerEvent['data']): void {
    const eventId = `${type}-${++this.#count}`
    const event = customerEvent({ eventId, type, occurredAt: at, identifiers, source: 'sample', data })
    const receivedAt = at + this.#delay()
    this.heard.push({ receivedAt, event, consent: null })
    if (this.chance.is(0.01))
      this.heard.push({ receivedAt: receivedAt + this.chance.between(1, 90) * minute, event, consent: null })
  }

  /** Most is heard at once; some an offline till sends hours later, and a little too late for any window. */
  #delay(): number {
    if (this.chance.is(0.97)) return this.chance.between(20, 4000)
    return this.chance.is(0.8) ? this.chance.between(1, 20) * hour : this.chance.between(26, 60) * hour
  }

  decide(at: number, household: Household, status: 'granted' | 'withdrawn', channel: string | null): void {
    const eventId = `consent-${++this.#count}`
    const consent = consentChange(eventId, at, household.household, { status, channel })
    this.heard.push({ receivedAt: at, event: null, consent })
  }

  order(at: number, identifiers: readonly Identifier[], likes: readonly Category[]): void {
    this.tell(at, 'order_completed', identifiers, {
      'joai.OrderCompleted': newOrder(this.chance, String(500_000 + this.#count), likes),
    })
  }

  view(at: number, identifiers: readonly Identifier[], likes: readonly Category[]): void {
    const productId = productOf(this.chance, this.chance.of(likes))
    this.tell(at, 'page_viewed', identifiers, { 'joai.PageViewed': { url: `/p/${productId}`, productId } })
  }

  /** A moment of a day: by daylight in New York, and now and then in the night. */
  moment(dayNumber: number): number {
    const opening = this.start + dayNumber * day
    const nightly = this.chance.is(0.12)
    return (
      opening +
      this.chance.between(nightly ? 12 * 60 : 0, nightly ? 17 * 60 : 12 * 60) * minute +
      this.chance.between(0, 59) * 1000
    )
  }
}

/** A household says yes or no to marketing; to every channel, when none is named. */
export const consentChange = (
  eventId: string,
  at: number,
  identifier: Identifier,
  said: Pick<ConsentChange['change'], 'status' | 'channel'> & Partial<ConsentChange['change']>,
): ConsentChange => ({
  eventId,
  identifiers: [identifier],
  source: 'sample',
  change: {
    purpose: 'marketing',
    lawfulBasis: 'consent',
    jurisdiction: 'US',
    wordingVersion: '2017-06',
    effectiveAt: at,
    recordedAt: at,
    ...said,
  },
})

/** A product of a category. */
export const productOf = (chance: Chance, { name }: Category): string =>
  `${900_000 + 100 * name.length + chance.between(0, 40)}`

/** A basket: half of what the household favours, half of what everybody buys. */
export function newOrder(chance: Chance, orderId: string, likes: readonly Category[], linesMax = 7): OrderCompleted {
  const lines = Array.from({ length: chance.between(1, linesMax) }, () => {
    const category = chance.is(0.5) ? chance.of(likes) : chance.of(staples)
    const quantity = chance.is(0.8) ? 1 : chance.between(2, 4)
    const full = quantity * chance.between(category.from, category.to)
    const discount = chance.is(0.4) ? Math.round(full * chance.of([0.1, 0.2, 0.3])) : 0
    return {
      productId: productOf(chance, category),
      category: category.name,
      quantity,
      value: (full - discount) / 100,
      discount: discount / 100,
    }
  })
  const sum = (field: 'value' | 'discount') =>
    lines.reduce((total, line) => total + Math.round(line[field] * 100), 0) / 100
  return {
    orderId,
    storeId: String(chance.between(300, 320)),
    value: sum('value'),
    discount: sum('discount'),
    cartId: null,
    margin: null,
    lines,
  }
}

/** Six weeks of one household. */
export function live(story: Story, household: Household): void {
  const { chance, start, days } = story
  const likes = Array.from({ length: chance.between(2, 4) }, () => chance.of(favourites))
  if (chance.is(0.6))
    story.tell(start + chance.between(1, 240) * minute, 'profile_changed', [household.household], profile(household))
  // Until its login the device is nobody's: it looks around, and may order as a guest.
  const login = chance.is(0.45) ? chance.between(2, days - 7) : null
  const everyDays = chance.between(3, 9)
  for (let today = chance.between(0, everyDays); today < days; today += chance.between(1, 2 * everyDays)) {
    const at = story.moment(today)
    const isOnline = login !== null && chance.is(0.5)
    if (!isOnline) story.order(at, [household.household], likes)
    else if (today < login) story.order(at, [household.device], likes)
    else story.order(at, [household.household, household.device], likes)
    if (isOnline) story.view(at - chance.between(2, 30) * minute, [household.device], likes)
  }
  if (login !== null)
    story.tell(story.moment(login), 'identity_linked', [household.household, household.device], {
      'joai.IdentityLinked': { reason: 'login' },
    })
  if (chance.is(0.35))
    story.order(story.moment(chance.between(1, days - 1)), [household.household, household.email], likes)
  choose(story, household)
}

/** Where a household lives, as it tells the grocer. */
export const profile = ({ zone }: Pick<Household, 'zone'>, jurisdiction = 'US'): CustomerEvent['data'] => ({
  'joai.ProfileChanged': { timeZone: zone, jurisdiction },
})

/** Some say no, to all or to one channel, and some of them yes again. */
function choose(story: Story, household: Household): void {
  const { chance, days } = story
  if (!chance.is(0.15)) return
  const channel = chance.of([null, 'email', 'push', 'sms'])
  const withdrawn = chance.between(3, days - 8)
  story.decide(story.moment(withdrawn), household, 'withdrawn', channel)
  if (chance.is(0.3)) story.decide(story.moment(withdrawn + chance.between(1, 7)), household, 'granted', channel)
}

/** A campaign of the grocer's former policy: who was written to, and who took it up. */
export function campaign(
  story: Story,
  households: readonly Household[],
  id: string,
  from: number,
  until: number,
): void {
  const { chance } = story
  for (const { household } of households) {
    if (!chance.is(0.2)) continue
    const actionId = `campaign_${id}`
    story.tell(from, 'exposure', [household], { 'joai.Exposure': { actionId, channel: '', until } })
    if (!chance.is(0.25)) continue
    const at = from + chance.between(1, 9) * day + chance.between(0, 600) * minute
    story.tell(at, 'redemption', [household], {
      'joai.Redemption': {
        actionId,
        couponId: `coupon-${id}-${chance.between(1, 9)}`,
        value: chance.between(1, 8) / 2,
      },
    })
  }
}
