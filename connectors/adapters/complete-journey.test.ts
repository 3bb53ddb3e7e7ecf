import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventFields } from '../../schemas/catalog/event-schema.ts'
import { eventFieldsOf } from '../../schemas/catalog/first-data.ts'
import type { CustomerEvent } from '../../schemas/generated.ts'
import type { IdentifiedRecord } from '../../schemas/input-record.ts'
import { topics } from '../../schemas/topics.ts'
import { decodeValue } from '../../schemas/wire.ts'
import type { ConnectorError } from '../../topology/log/log.ts'
import { completeJourney } from './complete-journey.ts'

interface Read extends IdentifiedRecord {
  readonly event: Omit<CustomerEvent, 'data'> & { readonly data: EventFields }
}

async function readAll(folder: string): Promise<Read[]> {
  const records: Read[] = []
  for await (const record of completeJourney.read(folder)) {
    const event = decodeValue(topics.events.types.event, record.value)
    records.push({ ...record, event: { ...event, data: eventFieldsOf(event) } })
  }
  return records
}

const failure = (folder: string): Promise<ConnectorError> =>
  readAll(folder).then(
    () => expect.unreachable('it was read'),
    error => error,
  )

const files: Record<string, string> = {
  'campaign_descriptions.csv': `"campaign_id","campaign_type","start_date","end_date"
"3","Type B",2017-03-03,2017-04-09
"X13","Type A",2017-03-03,2017-09-24`,
  'campaigns.csv': `"campaign_id","household_id"
"X13","2"
"3","10"
"3","9"`,
  'coupon_redemptions.csv': `"household_id","coupon_upc","campaign_id","redemption_date"
"2","51380041013","X13",2017-03-03
"2","9980041013","X13",2017-03-03`,
  'products.csv': `"product_id","manufacturer_id","department","brand","product_category","product_type","package_size"
"100","2","GROCERY","National","CHEESE","X, ""Y""","22 LB"
"200","2","MISCELLANEOUS","National",NA,NA,NA`,
  'transactions_sample.csv': `"household_id","store_id","basket_id","product_id","quantity","sales_value","retail_disc","coupon_disc","coupon_match_disc","week","transaction_timestamp"
"2","309","1000","100",1,0.1,0.43,0.05,0.01,5,2017-03-03 23:59:59
"9","310","999","200",2,1,0,0,0,5,2017-03-03 00:00:00
"2","309","1000","200",2,0.2,0,0,0,5,2017-03-03 23:59:50
"9","310","1001","300",1,3.5,-1.2,0,0,5,2017-03-03 00:00:00
"2","309","1000","300",1,0.1,0,0,0,5,2017-03-03 23:59:59`,
}

describe('a folder in the form of the Complete Journey', () => {
  let folder: string
  const write = (file: string, change: (text: string) => string) =>
    writeFileSync(join(folder, file), change(files[file]!))

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'joai-journey-'))
    for (const file of Object.keys(files)) write(file, text => text)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('is read in order of time; at equal times exposures come first, redemptions last, and ids in numeric order', async () => {
    const records = await readAll(folder)
    expect(records.map(({ id }) => id)).toEqual([
      'exposure-3-9',
      'exposure-3-10',
      'exposure-X13-2',
      'basket-999',
      'basket-1001',
      'basket-1000',
      'redemption-2-9980041013-X13-2017-03-03',
      'redemption-2-51380041013-X13-2017-03-03',
    ])
    expect(records.map(({ key }) => key)).toEqual(['9', '10', '2', '9', '9', '2', '2', '2'])
  })

  test('a basket gathers its scattered lines, its earliest time, and its money to the cent', async () => {
    const record = (await readAll(folder)).find(({ id }) => id === 'basket-1000')!
    expect(record).toMatchObject({ topic: 'events', key: '2', timestamp: Date.parse('2017-03-03T23:59:50-05:00') })
    expect(record.event).toEqual({
      eventId: 'basket-1000',
      type: 'order_completed',
      occurredAt: record.timestamp,
      identifiers: [{ type: 'household_id', value: '2' }],
      source: 'complete-journey',
      schemaVersion: 1,
      data: {
        orderId: '1000',
        storeId: '309',
        value: 0.4,
        discount: 0.49,
        cartId: null,
        margin: null,
        lines: [
          { productId: '100', category: 'CHEESE', quantity: 1, value: 0.1, discount: 0.49 },
          { productId: '200', category: '', quantity: 2, value: 0.2, discount: 0 },
          { productId: '300', category: '', quantity: 1, value: 0.1, discount: 0 },
        ],
      },
    })
  })

  test('a campaign of any name becomes an action of that name, from the first to the last second of its dates', async () => {
    const records = await readAll(folder)
    expect(records.find(({ id }) => id === 'exposure-X13-2')).toMatchObject({
      timestamp: Date.parse('2017-03-03T00:00:00-05:00'),
      event: {
        data: { actionId: 'campaign_X13', until: Date.parse('2017-09-24T23:59:59-04:00') },
      },
    })
    expect(records.at(-1)).toMatchObject({
      timestamp: Date.parse('2017-03-03T23:59:59-05:00'),
      event: { data: { actionId: 'campaign_X13', couponId: '51380041013' } },
    })
  })

  test('a missing folder, file, column or path is named', async () => {
    expect(await failure('')).toMatchObject({ code: 'input-missing' })
    expect(await failure(join(folder, 'nowhere'))).toMatchObject({
      code: 'input-missing',
      message: expect.stringContaining('nowhere'),
    })
    rmSync(join(folder, 'products.csv'))
    expect(await failure(folder)).toMatchObject({
      code: 'input-missing',
      message: expect.stringContaining('products.csv'),
    })
    write('products.csv', text => text.replace('product_category', 'category'))
    const message = (await failure(folder)).message
    expect(message).toContain("no column 'product_category'")
    expect(message).toContain('products.csv')
  })

  test.each([
    ['transactions_sample.csv', '3.5,', 'a lot,', "line 5: sales_value is not a number: 'a lot'"],
    ['transactions_sample.csv', '23:59:50', '9 pm', "line 4: '2017-03-03 9 pm' is not a local time"],
    ['transactions_sample.csv', '03-03 00:00:00', '02-30 00:00:00', "of no time: '2017-02-30 00:00:00'"],
    [
      'transactions_sample.csv',
      '"2","309","1000","200"',
      '"3","309","1000","200"',
      'line 4: basket 1000 has two households: 2 and 3',
    ],
    ['transactions_sample.csv', '"9","310","999"', '"9","310"', 'transactions_sample.csv'],
    ['campaigns.csv', '"X13"', '"13"', "line 2: campaign '13' is not described"],
    ['campaign_descriptions.csv', '2017-04-09', 'NA', 'line 2'],
    ['coupon_redemptions.csv', '2017-03-03', '', 'line 2'],
  ])('a bad row of %s is told with its line (%#)', async (file, from, to, message) => {
    write(file, text => text.replace(from, to))
    expect(await failure(folder)).toMatchObject({ code: 'input-bad', message: expect.stringContaining(message) })
  })
})

const data = join(
  process.env.JOAI_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url)),
  'complete-journey',
)

describe.skipIf(!existsSync(data))(
  `the Complete Journey itself (skipped where it is not at ${data})`,
  { tags: ['slow'] },
  () => {
    const count = (records: readonly Read[], type: string) => records.filter(({ event }) => event.type === type).length

    test('has 47,243 orders, 6,589 exposures and 2,102 redemptions, each with an id of its own, in order of time', async () => {
      const records = await readAll(data)
      const counts = ['order_completed', 'exposure', 'redemption'].map(type => count(records, type))
      expect(counts).toEqual([47_243, 6_589, 2_102])
      expect(new Set(records.map(({ id }) => id)).size).toBe(47_243 + 6_589 + 2_102)
      expect(records.every(({ timestamp }, i) => i === 0 || timestamp >= records[i - 1]!.timestamp)).toBe(true)
      const cents = records.reduce((sum, { event: { type, data } }) => {
        if (type !== 'order_completed') return sum
        return sum + Math.round((data.value as number) * 100)
      }, 0)
      expect(cents).toBe(salesInCents())
    })

    test('without some households, and with a campaign renamed, only their events differ', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'joai-journey-'))
      const gone = (household: string) => Number(household) % 8 === 0
      for (const file of readdirSync(data)) {
        const [header, ...lines] = readFileSync(join(data, file), 'utf8').trimEnd().split('\n') as [string, ...string[]]
        const at = header.split(',').indexOf('"household_id"')
        const campaign = header.split(',').indexOf('"campaign_id"')
        const kept = lines.filter(line => at < 0 || !gone(JSON.parse(line.split(',')[at]!)))
        const renamed = kept.map(line => {
          const fields = line.split(',')
          if (fields[campaign] === '"13"') fields[campaign] = '"X13"'
          return fields.join(',')
        })
        writeFileSync(join(folder, file), [header, ...(campaign < 0 ? kept : renamed)].join('\n'))
      }
      const all = await readAll(data)
      const fewer = await readAll(folder)
      const expected = all.filter(({ key }) => !gone(key))
      expect(expected.length).toBeLessThan(all.length - 1000)
      const renamed = (text: string) =>
        text.replace(/"campaign_13"/g, '"campaign_X13"').replace(/(exposure-|redemption-\d+-\d+-)13-/, '$1X13-')
      const told = (records: readonly Read[]) => records.map(({ event }) => renamed(JSON.stringify(event))).sort()
      expect(told(fewer)).toEqual(told(expected))
      rmSync(folder, { recursive: true })
    })

    function salesInCents(): number {
      const [header, ...lines] = readFileSync(join(data, 'transactions_sample.csv'), 'utf8').trimEnd().split('\n') as [
        string,
        ...string[],
      ]
      const at = header.split(',').indexOf('"sales_value"')
      return lines.reduce((sum, line) => sum + Math.round(Number(line.split(',')[at]) * 100), 0)
    }
  },
)
