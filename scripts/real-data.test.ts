// @module-tag process
// @module-tag slow

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEmbeddedLog } from '../connectors/embedded/embedded-log.ts'
import { parseRelease } from '../operators/release/file/parse.ts'
import { firstCatalog } from '../schemas/catalog/first-catalog.ts'
import type { Reward, Send } from '../schemas/generated.ts'
import { days } from '../schemas/record.ts'
import { sendsOn, topics } from '../schemas/topics.ts'
import { decodeValue } from '../schemas/wire.ts'
import { BuiltPackage, lastLine, root } from '../testing/test/built-package.ts'
import { copyYear, countYear, householdsOf, type YearCounts } from '../testing/test/grocer-year.ts'
import type { Log } from '../topology/log/log.ts'
import { records } from '../topology/log/log-reader.ts'
import { values } from './logs/summary.ts'

const { channels } = firstCatalog.declaration

const year = join(process.env.JOAI_DATA ?? join(root, '../shared/data'), 'complete-journey')
const grocery = join(root, 'examples/grocery.yaml')
const campaign = '13'
const otherName = 'spring'
const households = 300
const cap = { id: 'marketing-weekly', max: 3, windowMs: days(7) }

interface RanYear {
  readonly result: Record<string, any>
  readonly expected: YearCounts
  /** Pairs of person and action that a reward joined. */
  readonly rewarded: readonly string[]
  /** The most marketing sends, not cancelled, that one person got within the cap's window. */
  readonly mostInWindow: number
}

async function mostInWindow(log: Log): Promise<number> {
  const sent = new Map<string, Map<string, number>>()
  for (const channel of channels)
    for (let partition = 0; partition < (log.topics().get(sendsOn(channel).name) ?? 0); partition++)
      for await (const { value, timestamp } of records(log, sendsOn(channel).name, partition)) {
        const { personId, decisionId, kind, purpose }: Send = decodeValue(sendsOn(channel).types.send, value)
        if (purpose === 'service') continue
        const own = sent.get(personId) ?? new Map<string, number>()
        sent.set(personId, own)
        if (kind === 'send') own.set(decisionId, timestamp)
        else own.delete(decisionId)
      }
  const times = [...sent.values()].map(own => [...own.values()].sort((a, b) => a - b))
  return Math.max(
    ...times.flatMap(own => own.map(end => own.filter(at => at > end - cap.windowMs && at <= end).length)),
  )
}

// The reason stands in the name: it is all that the report shows of what was skipped.
describe.skipIf(!existsSync(year))("a grocer's year (skipped where the data are not)", () => {
  let built: BuiltPackage
  let folder: string
  let whole: RanYear
  let changed: RanYear

  async function replay(name: string, input: string, release: string): Promise<RanYear> {
    const kept = join(folder, name)
    const flags = ['--adapter', 'complete-journey', '--input', input, '--release', release, '--log', kept, '--json']
    const ran = await built.run(['replay', ...flags], { cwd: folder })
    expect(ran).toMatchObject({ code: 0, err: '' })
    const log = await openEmbeddedLog(join(kept, 'log'))
    const rewarded = new Set<string>()
    for await (const { personId, actionId, kind } of values<Reward>(log, topics.rewards, 'reward'))
      if (kind === 'converted') rewarded.add(`${personId} ${actionId}`)
    const most = await mostInWindow(log)
    await log.close()
    return { result: lastLine(ran), expected: countYear(input), rewarded: [...rewarded], mostInWindow: most }
  }

  beforeAll(async () => {
    built = BuiltPackage.build()
    folder = mkdtempSync(join(tmpdir(), 'joai-year-'))
    const copy = join(folder, 'copy')
    const all = householdsOf(year)
    const without = new Set(all.filter((_, index) => index % 7 === 3).slice(0, households))
    expect(without.size).toBe(households)
    copyYear(year, copy, { without, renamed: [campaign, otherName] })
    const text = readFileSync(grocery, 'utf8')
    const halved = text.replace(`id: ${cap.id}, max: ${cap.max},`, `id: ${cap.id}, max: ${Math.floor(cap.max / 2)},`)
    expect(halved).not.toBe(text)
    expect(parseRelease(halved, 'halved.yaml').problems).toEqual([])
    writeFileSync(join(folder, 'halved.yaml'), halved)
    ;[whole, changed] = await Promise.all([
      replay('whole', year, grocery),
      replay('changed', copy, join(folder, 'halved.yaml')),
    ])
  })

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  test('comes to its orders, exposures and redemptions, and each order to one decision', () => {
    expect(whole.result).toMatchObject({
      counts: { order_completed: 47_243, exposure: 6_589, redemption: 2_102 },
      decisions: 47_243,
      redemptionPairsJoined: 792,
      deadLetters: 0,
    })
    expect(whole.result).toMatchObject({ counts: whole.expected.counts, persons: whole.expected.persons })
    expect(whole.expected.pairs.size).toBe(792)
  })

  test('is decided: timers too, many actions, silence, and reasons enough to remove a candidate', () => {
    const { timerDecisions, sends, actionsSent, removedBy, silences } = whole.result
    expect(Math.min(timerDecisions, silences)).toBeGreaterThan(0)
    expect(sends).toBeGreaterThan(5000)
    expect(Object.values<number>(actionsSent).reduce((sum, count) => sum + count)).toBe(sends)
    expect(Object.keys(actionsSent).length).toBeGreaterThanOrEqual(8)
    expect(Object.keys(removedBy).length).toBeGreaterThanOrEqual(4)
    for (const hash of ['outputHash', 'stateHash', 'decisionsHash'])
      expect(whole.result[hash]).toMatch(/^[0-9a-f]{64}$/)
  })

  test('without some households and with a campaign renamed, it comes to just what is left', () => {
    const { result, expected } = changed
    expect(result).toMatchObject({ counts: expected.counts, persons: expected.persons, deadLetters: 0 })
    expect(result.decisions).toBe(expected.counts.order_completed)
    expect(result.redemptionPairsJoined).toBe(expected.pairs.size)
    expect(expected.persons).toBe(whole.expected.persons - households)
    expect(expected.counts.order_completed).toBeLessThan(47_243 - 1000)
  })

  test('what is known of the renamed campaign is known under its new name', () => {
    const ofAction = (rewarded: readonly string[], id: string) =>
      rewarded.filter(pair => pair.endsWith(` campaign_${id}`))
    const expected = [...changed.expected.pairs].filter(pair => pair.endsWith(` ${otherName}`))
    expect(ofAction(whole.rewarded, campaign).length).toBeGreaterThan(100)
    expect(expected.length).toBeGreaterThan(100)
    expect(ofAction(changed.rewarded, otherName)).toHaveLength(expected.length)
    expect(ofAction(changed.rewarded, campaign)).toEqual([])
  })

  test('with a cap halved, nobody gets more than it allows', () => {
    expect(whole.mostInWindow).toBe(cap.max)
    expect(changed.mostInWindow).toBe(Math.floor(cap.max / 2))
    const perDecision = ({ result }: RanYear, reason: string) => result.removedBy[reason] / result.decisions
    expect(perDecision(changed, 'cap-reached')).toBeGreaterThan(perDecision(whole, 'cap-reached'))
    expect(changed.result.sends).toBeLessThan(whole.result.sends)
  })
})
