import { encodedData, type FirstData } from '../schemas/catalog/first-data.ts'
import type { ConsentChange, CustomerEvent, Identifier, OrderCompleted } from '../schemas/generated.ts'
import type { Chance } from './chance.ts'
import { type Category, favourites, staples } from './sample-products.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** An event or a change of consent, and when it is received. */
export interface ReceivedChange {
  readonly receivedAt: number
  readonly event: CustomerEvent | null
  readonly consent: ConsentChange | null
}

/** A household of the sample, with the identifiers by which the grocer's systems know it. */
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

/** Makes the household of this number. */
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

/** An event whose data are not encoded yet. */
export type Happening = Omit<CustomerEvent, 'schemaVersion' | 'data'> & { readonly data: FirstData }

/** Completes an event as the company's systems write it. */
export const customerEvent = ({ data, ...event }: Happening): CustomerEvent => ({
  ...event,
  schemaVersion: 1,
  data: encodedData(data),
})

/** Records what households do, with unique event ids. */
export class SampleRecorder {
  readonly received: ReceivedChange[] = []
  readonly chance: Chance
  readonly start: number
  readonly days: number
  #count = 0

  constructor(chance: Chance, start: number, days: number) {
    this.chance = chance
    this.start = start
    this.days = days
  }

  /** Records an event, and sometimes the same event again. */
  recordEvent(at: number, type: CustomerEvent['type'], identifiers: readonly Identifier[], data: FirstData): void {
    const eventId = `${type}-${++this.#count}`
    const event = customerEvent({ eventId, type, occurredAt: at, identifiers, source: 'sample', data })
    const receivedAt = at + this.#delay()
    this.received.push({ receivedAt, event, consent: null })
    if (this.chance.is(0.01))
      this.received.push({ receivedAt: receivedAt + this.chance.between(1, 90) * minute, event, consent: null })
  }

  /** Draws the delay of an event. Most arrive at once; an offline till sends some hours later, and a few come too late. */
  #delay(): number {
    if (this.chance.is(0.97)) return this.chance.between(20, 4000)
    return this.chance.is(0.8) ? this.chance.between(1, 20) * hour : this.chance.between(26, 60) * hour
  }

  /** Records a change of consent to marketing. */
  recordConsent(at: number, household: Household, status: 'granted' | 'withdrawn', channel: string | null): void {
    const eventId = `consent-${++this.#count}`
    const consent = consentChange(eventId, at, household.household, { status, channel })
    this.received.push({ receivedAt: at, event: null, consent })
  }

  /** Records an order. */
  recordOrder(at: number, identifiers: readonly Identifier[], likes: readonly Category[]): void {
    this.recordEvent(at, 'order_completed', identifiers, {
      'joai.OrderCompleted': newOrder(this.chance, String(500_000 + this.#count), likes),
    })
  }

  /** Records the view of a product page. */
  recordView(at: number, identifiers: readonly Identifier[], likes: readonly Category[]): void {
    const productId = productOf(this.chance, this.chance.of(likes))
    this.recordEvent(at, 'page_viewed', identifiers, { 'joai.PageViewed': { url: `/p/${productId}`, productId } })
  }

  /** Draws a time of a day: mostly by daylight in New York, and sometimes at night. */
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

/** Makes a change of consent to marketing; to every channel, where none is named. */
export const consentChange = (
  eventId: string,
  at: number,
  identifier: Identifier,
  details: Pick<ConsentChange['change'], 'status' | 'channel'> & Partial<ConsentChange['change']>,
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
    ...details,
  },
})

/** Draws a product of a category. */
const productOf = (chance: Chance, { name }: Category): string =>
  `${900_000 + 100 * name.length + chance.between(0, 40)}`

/** Draws a basket, half of the favourite categories and half of the common ones. */
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

/** Records the six weeks of one household. */
export function simulateHousehold(recorder: SampleRecorder, household: Household): void {
  const { chance, start, days } = recorder
  const likes = Array.from({ length: chance.between(2, 4) }, () => chance.of(favourites))
  if (chance.is(0.6))
    recorder.recordEvent(
      start + chance.between(1, 240) * minute,
      'profile_changed',
      [household.household],
      profileChange(household),
    )
  // Before the login, the device is not linked to the household: it browses, and may order as a guest.
  const login = chance.is(0.45) ? chance.between(2, days - 7) : null
  const everyDays = chance.between(3, 9)
  for (let today = chance.between(0, everyDays); today < days; today += chance.between(1, 2 * everyDays)) {
    const at = recorder.moment(today)
    const isOnline = login !== null && chance.is(0.5)
    if (!isOnline) recorder.recordOrder(at, [household.household], likes)
    else if (today < login) recorder.recordOrder(at, [household.device], likes)
    else recorder.recordOrder(at, [household.household, household.device], likes)
    if (isOnline) recorder.recordView(at - chance.between(2, 30) * minute, [household.device], likes)
  }
  if (login !== null)
    recorder.recordEvent(recorder.moment(login), 'identity_linked', [household.household, household.device], {
      'joai.IdentityLinked': { reason: 'login' },
    })
  if (chance.is(0.35))
    recorder.recordOrder(recorder.moment(chance.between(1, days - 1)), [household.household, household.email], likes)
  changeConsents(recorder, household)
}

/** Makes the data of a changed profile: time zone and jurisdiction. */
export const profileChange = ({ zone }: Pick<Household, 'zone'>, jurisdiction = 'US'): FirstData => ({
  'joai.ProfileChanged': { timeZone: zone, jurisdiction },
})

/** Lets some households withdraw consent, to one channel or to all, and some of them grant it again. */
function changeConsents(recorder: SampleRecorder, household: Household): void {
  const { chance, days } = recorder
  if (!chance.is(0.15)) return
  const channel = chance.of([null, 'email', 'push', 'sms'])
  const withdrawn = chance.between(3, days - 8)
  recorder.recordConsent(recorder.moment(withdrawn), household, 'withdrawn', channel)
  if (chance.is(0.3))
    recorder.recordConsent(recorder.moment(withdrawn + chance.between(1, 7)), household, 'granted', channel)
}

/** Records a campaign of the grocer's former policy: exposures and redemptions. */
export function simulateCampaign(
  recorder: SampleRecorder,
  households: readonly Household[],
  id: string,
  from: number,
  until: number,
): void {
  const { chance } = recorder
  for (const { household } of households) {
    if (!chance.is(0.2)) continue
    const actionId = `campaign_${id}`
    recorder.recordEvent(from, 'exposure', [household], { 'joai.Exposure': { actionId, channel: '', until } })
    if (!chance.is(0.25)) continue
    const at = from + chance.between(1, 9) * day + chance.between(0, 600) * minute
    recorder.recordEvent(at, 'redemption', [household], {
      'joai.Redemption': {
        actionId,
        couponId: `coupon-${id}-${chance.between(1, 9)}`,
        value: chance.between(1, 8) / 2,
      },
    })
  }
}
