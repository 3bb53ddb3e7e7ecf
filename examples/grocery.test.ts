import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'
import moment from 'moment-timezone'
import { describe, expect, test } from 'vitest'
import { compileRelease } from '../operators/release/compiled/compiled-release.ts'
import { parseRelease } from '../operators/release/file/parse.ts'

const text = readFileSync(new URL('./grocery.yaml', import.meta.url), 'utf8')
const { release, problems } = parseRelease(text, 'examples/grocery.yaml')

const data = process.env.JOAI_DATA ?? fileURLToPath(new URL('../../shared/data', import.meta.url))
const folder = `${data}/complete-journey`
const rows = (file: string): Record<string, string>[] =>
  parse(readFileSync(`${folder}/${file}`), { columns: true }) as Record<string, string>[]

describe('the grocery release', () => {
  test('is clean, and every rule of it compiles', () => {
    expect(problems).toEqual([])
    const { candidates } = compileRelease(release!, 'hash')
    expect(candidates.every(({ rules }) => rules.length > 0)).toBe(true)
    expect(new Set(candidates.map(({ treatment }) => treatment.channel))).toEqual(
      new Set(['email', 'push', 'inapp', 'sms']),
    )
  })

  test('has 27 campaigns with rules of their own, and at most 20 features', () => {
    const campaigns = release!.actions.filter(({ id }) => /^campaign_\d+$/.test(id))
    expect(campaigns).toHaveLength(27)
    expect(campaigns.every(({ applicability, group }) => applicability.length > 0 && group !== null)).toBe(true)
    expect(release!.features.length).toBeGreaterThanOrEqual(12)
    expect(release!.features.length).toBeLessThanOrEqual(20)
  })

  test('stays clean when any one of its caps is halved', () => {
    const halved = release!.caps.map(({ id, max }) =>
      text.replace(`id: ${id}, max: ${max},`, `id: ${id}, max: ${Math.max(1, Math.floor(max / 2))},`),
    )
    expect(halved.filter(copy => copy !== text)).toHaveLength(2)
    expect(halved.flatMap(copy => parseRelease(copy, 'halved').problems)).toEqual([])
  })
})

describe.skipIf(!existsSync(folder))(
  'the grocery release and the data that it is about (skipped where the data are not)',
  () => {
    test('each campaign has its type and its dates', () => {
      const described = rows('campaign_descriptions.csv')
      expect(described).toHaveLength(27)
      for (const { campaign_id: id, campaign_type: type, start_date: start, end_date: end } of described) {
        const action = release!.actions.find(each => each.id === `campaign_${id}`)!
        expect(action.group).toBe(type!.toLowerCase().replace(' ', '_'))
        const local = (ms: number) => moment.tz(ms, 'America/New_York').format('YYYY-MM-DD HH:mm:ss')
        expect(local(action.validFromMs!)).toBe(`${start} 00:00:00`)
        expect(local(action.validToMs!)).toBe(`${end} 23:59:59`)
      }
    })

    test('each campaign asks for categories that its coupons cover', () => {
      const category = new Map(rows('products.csv').map(row => [row.product_id, row.product_category!]))
      const covered = new Map<string, Set<string>>()
      for (const { campaign_id: id, product_id: product } of rows('coupons.csv'))
        covered.set(id!, (covered.get(id!) ?? new Set()).add(category.get(product) ?? ''))
      const byFeature = new Map(release!.features.map(({ name, where }) => [name, where?.equals]))
      let asked = 0
      for (const [id, categories] of covered) {
        const rule = release!.actions.find(each => each.id === `campaign_${id}`)!.applicability[0]!.when
        const names = [...rule.matchAll(/"([^"]+)"/g)].map(match => match[1]!)
        const features = [...rule.matchAll(/features\.(\w+)/g)].map(match => byFeature.get(match[1]!)!)
        expect([...names, ...features].filter(name => !categories.has(name))).toEqual([])
        asked += names.length + features.length
      }
      expect(asked).toBeGreaterThan(80)
    })
  },
)
