import type { OrderLine } from '../../schemas/generated.ts'
import { badRow, csvRows } from './csv-file.ts'

const productsFile = 'products.csv'
const linesFile = 'transactions_sample.csv'

/** The lines of one purchase, which the file contains in no particular order. */
export interface Basket {
  readonly id: string
  readonly household: string
  readonly store: string
  /** Local time of the earliest line. */
  time: string
  readonly lines: OrderLine[]
}

const amounts = ['quantity', 'sales_value', 'retail_disc', 'coupon_disc', 'coupon_match_disc'] as const
const columns = ['household_id', 'store_id', 'basket_id', 'product_id', 'transaction_timestamp', ...amounts] as const
const localTimePattern = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/

/** Gathers the transactions of the folder into baskets, in the order in which each is first met. */
export async function readBaskets(folder: string): Promise<readonly Basket[]> {
  const categories = await readCategories(folder)
  const baskets = new Map<string, Basket>()
  for await (const { fields, line } of csvRows(folder, linesFile, columns)) {
    const bad = (what: string) => badRow(folder, linesFile, line, what)
    const { household_id: household, store_id: store, basket_id: id, product_id, transaction_timestamp: time } = fields
    if (id === '' || household === '') throw bad('a basket and a household are needed')
    if (!localTimePattern.test(time)) throw bad(`'${time}' is not a local time`)
    const [quantity, sales, ...discounts] = amounts.map(column => {
      const amount = Number(fields[column])
      if (fields[column].trim() === '' || !Number.isFinite(amount))
        throw bad(`${column} is not a number: '${fields[column]}'`)
      return amount
    })
    const basket = baskets.get(id) ?? { id, household, store, time, lines: [] }
    baskets.set(id, basket)
    if (basket.household !== household)
      throw bad(`basket ${id} has two households: ${basket.household} and ${household}`)
    if (time < basket.time) basket.time = time
    basket.lines.push({
      productId: product_id,
      category: categories.get(product_id) ?? '',
      quantity: quantity!,
      value: cents(sales!) / 100,
      discount: discounts.reduce((sum, discount) => sum + cents(Math.abs(discount)), 0) / 100,
    })
  }
  return [...baskets.values()]
}

async function readCategories(folder: string): Promise<ReadonlyMap<string, string>> {
  const categories = new Map<string, string>()
  for await (const { fields } of csvRows(folder, productsFile, ['product_id', 'product_category'] as const))
    categories.set(fields.product_id, fields.product_category === 'NA' ? '' : fields.product_category)
  return categories
}

const cents = (amount: number): number => Math.round(amount * 100)

/** Adds amounts of money without the rounding errors of binary fractions. */
export const sumOfMoney = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + cents(value), 0) / 100
