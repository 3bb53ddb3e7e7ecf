import { readFileSync } from 'node:fs'
import { decisionIdOfEvent } from '../../operators/hashing/ids.ts'
import { personOf, tokens } from '../../operators/identity/tokens.ts'
import type { Identifier } from '../../schemas/generated.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { days, hours, minutes } from '../../schemas/record.ts'
import { consent, event, receipt, releaseFrom } from '../../testing/builders.ts'

export const secret = 'the secret of the laws'
const start = Date.UTC(2024, 2, 25, 7)

/** Makes the release of the law tests, as a record of `control`. */
export function lawsRelease(change: (text: string) => string = text => text): InputRecord {
  return releaseFrom(change(readFileSync(new URL('laws.yaml', import.meta.url), 'utf8')), { at: start - 1 })
}

/**
 * Makes what must come first on workers, where nothing orders one log against another: the consents of all customers
 * but one, and a release without experiments, with which hardly a decision would be deferred.
 */
export function beforehand(customers: number): InputRecord[] {
  const release = lawsRelease(text => text.slice(0, text.indexOf('\nexperiments:') + 1))
  const { timestamp } = release
  const consents = Array.from({ length: customers }, (_, n) => {
    const status = n === 5 ? 'withdrawn' : 'granted'
    const identifiers = [{ type: 'household_id', value: `h${n}` }]
    return consent(
      { channel: n === 3 ? 'sms' : null, status, wordingVersion: '1' },
      { at: timestamp, identifiers, eventId: `consent-${n}`, source: 'laws' },
    )
  })
  return [release, ...consents]
}

/** Makes a small generator of numbers on [0, 1). The same seed gives the same numbers. */
export function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface HistoryOptions {
  readonly records?: number
  readonly customers?: number
  /** The share of events that are reported hours after they happened. */
  readonly late?: number
  /** True if customers use several devices and log in on them, so that persons merge. */
  readonly merges?: boolean
}

/**
 * Makes a month of a few customers: orders, views, logins, consents, receipts and other policies' contacts, night and
 * day.
 */
export function randomHistory(
  seed: number,
  { records = 300, customers = 8, late = 0.1, merges = true }: HistoryOptions = {},
): InputRecord[] {
  const random = chance(seed)
  const below = (count: number) => Math.floor(random() * count)
  const one = <const T>(items: readonly T[]): T => items[below(items.length)]!
  const tokenOf = tokens(secret)
  const history: InputRecord[] = []
  const decided: { decisionId: string; identifier: Identifier }[] = []
  let now = start
  for (let n = 0; n < records; n++) {
    now += below(2 * days(30)) / records
    const timestamp = Math.floor(now)
    const customer = below(customers)
    const household = { type: 'household_id', value: `h${customer}` }
    const device = { type: 'device_id', value: `d${merges ? below(customers + 2) : customer}` }
    const email = { type: 'email_hash', value: `e${customer}` }
    const known = merges
      ? one([[household], [household], [device], [household, device], [household, email], [email]])
      : [household]
    const kind = random()
    const occurredAt = random() < late ? timestamp - below(hours(70)) : timestamp - below(minutes(2))
    const about = { at: occurredAt, receivedAt: timestamp, identifiers: known, eventId: `${seed}-${n}`, source: 'laws' }
    if (kind < 0.4) {
      const value = 5 + below(6000) / 100
      const product = { productId: `p${below(5)}`, category: one(['CHEESE', 'BREAD', 'TEA']) }
      const lines = [{ ...product, quantity: 1, value, discount: 0 }]
      history.push(event('order_completed', { orderId: `o${n}`, value, lines }, about))
      const tokens = known.map(identifier => tokenOf(identifier).token).join(' ')
      const named = {
        type: 'order_completed',
        source: 'laws',
        eventId: about.eventId,
        identifiedBy: tokens,
        personId: '',
      }
      decided.push({ decisionId: decisionIdOfEvent(named, timestamp), identifier: known[0]! })
    } else if (kind < 0.6) history.push(event('page_viewed', {}, about))
    else if (kind < 0.65) {
      const actionId = one(['saver', 'elsewhere'])
      history.push(event('exposure', { actionId, channel: 'email', until: timestamp + days(10) }, about))
    } else if (kind < 0.7) {
      const actionId = one(['saver', 'bonus'])
      history.push(event('redemption', { actionId, couponId: `c${n}`, value: 1 }, about))
    } else if (kind < 0.74) {
      const timeZone = one(['Europe/Berlin', 'Asia/Kolkata', 'America/New_York', 'Pacific/Auckland'])
      history.push(event('profile_changed', { timeZone, jurisdiction: one(['US', 'DE', null]) }, about))
    } else if (kind < 0.86) {
      const status = random() < 0.7 ? 'granted' : 'withdrawn'
      const channel = one([null, 'email', 'sms', 'push'])
      history.push(consent({ status, channel, wordingVersion: '1' }, { ...about, at: timestamp }))
    } else if (decided.length > 0) {
      const { decisionId, identifier } = one(decided)
      const personId = personOf(tokenOf(identifier).token)
      const kind = one(['delivered', 'bounced', 'opened', 'clicked', 'converted', 'rejected', 'complained'])
      const parts = {
        receiptId: `r${seed}-${n}`,
        decisionId,
        personId,
        kind,
        value: 1,
      } as const
      history.push(receipt({ ...parts, source: 'laws' }, { at: timestamp }))
    }
  }
  return history
}
