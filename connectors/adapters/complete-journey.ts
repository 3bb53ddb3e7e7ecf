import { encodedData, type FirstData } from '../../schemas/catalog/first-data.ts'
import type { CustomerEvent } from '../../schemas/generated.ts'
import type { IdentifiedRecord } from '../../schemas/input-record.ts'
import { topics } from '../../schemas/topics.ts'
import { encodeValue } from '../../schemas/wire.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import { type Adapter, neededPath } from './adapter.ts'
import { type Basket, readBaskets, sumOfMoney } from './baskets.ts'
import { badRow, csvRows } from './csv-file.ts'
import { compareIdLists } from './id-order.ts'
import { localTime } from './local-time.ts'

/** The order of events at equal times: exposures come first, redemptions last. */
type Kind = 0 | 1 | 2

/** An event that is not encoded yet, which saves memory because there are many baskets. */
interface Happening {
  readonly at: number
  readonly kind: Kind
  readonly household: string
  /** Orders events of the same time, and names the event. */
  readonly ids: readonly string[]
  readonly type: CustomerEvent['type']
  readonly eventId: string
  data(): FirstData
}

const timeOf = localTime('America/New_York')

/**
 * Reads the Complete Journey, a folder of CSV files about one grocer's year. Baskets become orders, assignments to a campaign
 * become exposures at its start, and redemptions become redemptions at the end of their day.
 */
export const completeJourney: Adapter = {
  name: 'complete-journey',
  async *read(input) {
    const folder = neededPath('complete-journey', input)
    const happenings = [
      ...(await readExposures(folder)),
      ...(await readBaskets(folder)).map(basket => order(folder, basket)),
      ...(await readRedemptions(folder)),
    ]
    happenings.sort((a, b) => a.at - b.at || a.kind - b.kind || compareIdLists(a.ids, b.ids))
    for (const happening of happenings) yield recordOf(happening)
  },
}

function recordOf({ at, household, type, eventId, data }: Happening): IdentifiedRecord {
  const value = encodeValue(topics.events.types.event, {
    eventId,
    type,
    occurredAt: at,
    identifiers: [{ type: 'household_id', value: household }],
    source: 'complete-journey',
    schemaVersion: 1,
    data: encodedData(data()),
  })
  return { topic: 'events', key: household, timestamp: at, value, id: eventId }
}

function order(folder: string, { id, household, store, time, lines }: Basket): Happening {
  const at = timeOf(time)
  if (at === null) throw new ConnectorError('input-bad', `'${folder}': basket ${id} is of no time: '${time}'`)
  return {
    at,
    kind: 1,
    household,
    ids: [id],
    type: 'order_completed',
    eventId: `basket-${id}`,
    data: () => ({
      'joai.OrderCompleted': {
        orderId: id,
        storeId: store,
        value: sumOfMoney(lines.map(({ value }) => value)),
        discount: sumOfMoney(lines.map(({ discount }) => discount)),
        cartId: null,
        margin: null,
        lines,
      },
    }),
  }
}

async function readExposures(folder: string): Promise<Happening[]> {
  const campaigns = await readCampaigns(folder)
  const file = 'campaigns.csv'
  const exposures: Happening[] = []
  for await (const { fields, line } of csvRows(folder, file, ['campaign_id', 'household_id'] as const)) {
    const { campaign_id: campaign, household_id: household } = fields
    const dates = campaigns.get(campaign)
    if (!dates) throw badRow(folder, file, line, `campaign '${campaign}' is not described`)
    exposures.push({
      at: dates.from,
      kind: 0,
      household,
      ids: [campaign, household],
      type: 'exposure',
      eventId: `exposure-${campaign}-${household}`,
      data: () => ({ 'joai.Exposure': { actionId: actionOf(campaign), channel: '', until: dates.until } }),
    })
  }
  return exposures
}

async function readCampaigns(folder: string): Promise<ReadonlyMap<string, { from: number; until: number }>> {
  const file = 'campaign_descriptions.csv'
  const campaigns = new Map<string, { from: number; until: number }>()
  for await (const { fields, line } of csvRows(folder, file, ['campaign_id', 'start_date', 'end_date'] as const)) {
    const from = timeOf(`${fields.start_date} 00:00:00`)
    const until = timeOf(`${fields.end_date} 23:59:59`)
    if (from === null || until === null)
      throw badRow(folder, file, line, `not dates: '${fields.start_date}' and '${fields.end_date}'`)
    campaigns.set(fields.campaign_id, { from, until })
  }
  return campaigns
}

async function readRedemptions(folder: string): Promise<Happening[]> {
  const file = 'coupon_redemptions.csv'
  const columns = ['household_id', 'coupon_upc', 'campaign_id', 'redemption_date'] as const
  const redemptions: Happening[] = []
  for await (const { fields, line } of csvRows(folder, file, columns)) {
    const { household_id: household, coupon_upc: coupon, campaign_id: campaign, redemption_date: date } = fields
    const at = timeOf(`${date} 23:59:59`)
    if (at === null) throw badRow(folder, file, line, `not a date: '${date}'`)
    redemptions.push({
      at,
      kind: 2,
      household,
      ids: [household, coupon, campaign],
      type: 'redemption',
      eventId: `redemption-${household}-${coupon}-${campaign}-${date}`,
      data: () => ({ 'joai.Redemption': { actionId: actionOf(campaign), couponId: coupon, value: 0 } }),
    })
  }
  return redemptions
}

const actionOf = (campaign: string): string => `campaign_${campaign}`
