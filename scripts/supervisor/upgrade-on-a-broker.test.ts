// @module-tag process
// @module-tag broker
// @module-tag slow

import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freePort } from '../../connectors/free-port.ts'
import type { KafkaLog } from '../../connectors/kafka/kafka-log.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { BuiltPackage, lastLine, type Running, root, tsc } from '../../testing/test/built-package.ts'
import { TopologyTest } from '../../testing/topology-test.ts'
import { partitionOf } from '../../topology/log/partitioner.ts'
import { bought, joined, loyalty, tills, totals, totalsIn } from '../../topology/test/loyalty.ts'
import { settings } from '../config/config.ts'
import { openClusterLog } from '../logs/cluster.ts'
import { countOf } from '../logs/summary.ts'

type Build = Parameters<typeof loyalty>[0]

const broker = inject('broker')
const partitions = 4
const secret = 'the secret of the upgrade'
const members = Array.from({ length: 24 }, (_, n) => `member-${n}`)
/** Each of these turns out to be the one behind it. */
const pairs = members.slice(0, 8).map((member, n) => [member, members[8 + n]!] as const)
const steady = members.slice(16)

/** The application on a cluster, and everything that was ever sold. */
class Shop {
  readonly #built: BuiltPackage
  readonly #folder: string
  readonly #env: Readonly<Record<string, string>>
  readonly sold: InputRecord[] = []
  purchases = 0
  #log: KafkaLog | undefined
  #runs = 0

  constructor(built: BuiltPackage, brokers: string, folder: string) {
    this.#built = built
    this.#folder = folder
    const data = join(folder, 'data')
    const prefix = `${randomUUID()}.`
    this.#env = { JOAI_SECRET: secret, JOAI_DATA: data, JOAI_BROKERS: brokers, JOAI_PREFIX: prefix }
    mkdirSync(join(data, 'schemas'), { recursive: true })
  }

  get log(): KafkaLog {
    return this.#log!
  }

  async openLog(): Promise<void> {
    const { JOAI_BROKERS: brokers, JOAI_PREFIX: prefix, JOAI_DATA: data } = this.#env
    this.#log = await openClusterLog(settings({ brokers, prefix, data, secret }).config, loyalty('first'))
  }

  apply(build: Build, ...flags: readonly string[]) {
    const given = ['--topology', this.#module(build), '--partitions', String(partitions), '--history', '--json']
    return this.#built.run(['apply', ...given, ...flags], { cwd: this.#folder, env: this.#env })
  }

  /** Starts a process of `joai run` with one worker, whose store begins empty; resolves when it has been given partitions. */
  async start(build: Build): Promise<Run> {
    const data = join(this.#folder, `run-${this.#runs++}`)
    mkdirSync(data)
    symlinkSync(join(this.#env.JOAI_DATA!, 'schemas'), join(data, 'schemas'))
    const port = await freePort()
    const given = ['--topology', this.#module(build), '--port', String(port), '--session-timeout-ms', '6000', '--json']
    const env = { ...this.#env, JOAI_DATA: data, JOAI_WORKERS: '1' }
    const running = await this.#built.start(['run', ...given], { cwd: this.#folder, env, until: /"assigned"/ })
    return new Run(running, port)
  }

  /** Lets each of these members buy once. */
  async sell(to: readonly string[]): Promise<void> {
    const records = to.map(member => bought(`purchase-${this.purchases++}`, member, 1 + (this.purchases % 50)))
    await this.append(records)
  }

  async append(given: readonly InputRecord[]): Promise<void> {
    // A history is told in the order of its times.
    const records = given.map((record, n) => ({ ...record, timestamp: record.timestamp + this.sold.length + n }))
    this.sold.push(...records)
    await this.log.append(
      records.map(record => ({ ...record, topic: tills.name, partition: partitionOf(record.key, partitions) })),
    )
  }

  counted(): Promise<number> {
    return countOf(this.log, totals, 'total')
  }

  async drained(): Promise<void> {
    await expect.poll(() => this.counted(), { interval: 200 }).toBe(this.purchases)
  }

  #module(build: Build): string {
    const file = join(this.#built.folder, `${build}.js`)
    const text = `import { loyalty } from './dist/topology/test/loyalty.js'\nexport const topology = loyalty('${build}')\n`
    writeFileSync(file, text)
    return file
  }
}

/** A process of `joai run`. */
class Run {
  readonly #running: Running
  readonly #port: number

  constructor(running: Running, port: number) {
    this.#running = running
    this.#port = port
  }

  async ask(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/${path}`)
    return { status: response.status, text: await response.text() }
  }

  /** How many rows it has read that this version of the table wrote. */
  async rowsRead(version: number): Promise<number> {
    const { text } = await this.ask('metrics')
    const line = text
      .split('\n')
      .find(line => line.startsWith('joai_rows_of_other_versions{') && line.includes(`version="${version}"`))
    return Number(line?.split(' ').at(-1) ?? 0)
  }

  stop() {
    return this.#running.end('SIGTERM')
  }
}

describe.skipIf('lacks' in broker)('an application on a broker', () => {
  let shop: Shop
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'joai-upgrade-'))
    const built = BuiltPackage.build()
    const options = ['--rootDir', root, '--outDir', join(built.folder, 'dist'), '--ignoreConfig', '--noCheck']
    const target = ['--module', 'nodenext', '--target', 'es2023', '--rewriteRelativeImportExtensions', '--skipLibCheck']
    execFileSync(process.execPath, [tsc, ...options, ...target, join(root, 'topology/test/loyalty.ts')], {
      stdio: 'pipe',
    })
    shop = new Shop(built, (broker as { brokers: string }).brokers, folder)
    expect(await shop.apply('first')).toMatchObject({ code: 0 })
    await shop.openLog()
  })
  afterAll(async () => {
    await shop?.log.close()
    rmSync(folder, { recursive: true })
  })

  test('is upgraded and rolled back in mid-traffic, and puts out what one process puts out that is left alone', async () => {
    let isOpen = true
    const traffic = async () => {
      while (isOpen) {
        await shop.sell(members)
        // No faster than it is counted: the builds change while records are on their way.
        while (shop.purchases - (await shop.counted()) > 10 * members.length) await turn()
      }
    }
    const one = await shop.start('first')
    const two = await shop.start('first')
    const selling = traffic()
    const sawTraffic = async () => {
      const from = await shop.counted()
      await expect.poll(() => shop.counted()).toBeGreaterThan(from + 10 * members.length)
    }
    await sawTraffic()
    const upgrade = await shop.apply('second')
    expect(lastLine(upgrade).changes).toContainEqual(
      expect.objectContaining({
        name: 'table loyalty',
        words: expect.stringMatching(/^version 1 → 2: .*after a rollback/),
      }),
    )
    const three = await shop.start('second')
    await sawTraffic()
    // Members move between partitions of both builds.
    await shop.append(pairs.slice(0, 4).map(([member, other], n) => joined(`same-${n}`, member, other)))
    await sawTraffic()
    await one.stop()
    await sawTraffic()
    // The first process of the new build goes away: one of the old build has all partitions, with rows of the new one.
    await expect.poll(() => three.rowsRead(1)).toBeGreaterThan(0)
    await three.stop()
    await sawTraffic()
    expect(await two.rowsRead(2)).toBeGreaterThan(0)
    const four = await shop.start('second')
    await two.stop()
    await sawTraffic()
    const rollback = await shop.apply('first')
    expect(lastLine(rollback).changes).toContainEqual(
      expect.objectContaining({
        name: 'table loyalty',
        words: expect.stringMatching(/^version 2 → 1: a rollback: rows of/),
      }),
    )
    const five = await shop.start('first')
    await sawTraffic()
    await shop.append(pairs.slice(4).map(([member, other], n) => joined(`same-${4 + n}`, member, other)))
    await sawTraffic()
    const six = await shop.start('first')
    await four.stop()
    await sawTraffic()
    isOpen = false
    await selling
    await shop.drained()
    // Each merged person has all points by now.
    await shop.sell(pairs.map(([, other]) => other))
    await shop.drained()
    const rolledBackRead = (await five.rowsRead(2)) + (await six.rowsRead(2))
    for (const run of [five, six]) expect(lastLine(await run.stop())).toMatchObject({ code: 0, restarts: 0 })

    const alone = await TopologyTest.open(loyalty('first'), { partitions })
    await alone.run(shop.sold)
    const expected = await totalsIn(alone.log)
    const found = await totalsIn(shop.log)
    for (const member of steady) expect(found.get(member), member).toEqual(expected.get(member))
    for (const [, other] of pairs) expect(found.get(other)!.at(-1), other).toBe(expected.get(other)!.at(-1))
    expect(rolledBackRead).toBeGreaterThan(0)
  })

  test('a rollback that cannot read what was written is refused, stops where it is forced, and loses nothing', async () => {
    const mine = steady.filter(member => partitionOf(member, partitions) === partitionOf(steady[0]!, partitions))
    const others = steady.filter(member => !mine.includes(member))
    expect(others.length).toBeGreaterThan(0)
    expect(await shop.apply('renaming')).toMatchObject({ code: 0 })
    const later = await shop.start('renaming')
    await shop.sell(mine)
    await shop.drained()
    await later.stop()

    const refused = await shop.apply('first')
    expect(refused).toMatchObject({ code: 1 })
    expect(lastLine(refused).refused).toMatchObject([
      {
        name: 'table loyalty',
        allow: 'rollback:loyalty',
        words: expect.stringMatching(/^version 3 → 1: a rollback: .*points/),
      },
    ])
    expect(await shop.apply('first', '--allow', 'rollback:loyalty')).toMatchObject({ code: 0 })
    const before = await totalsIn(shop.log)
    const back = await shop.start('first')
    await shop.sell(steady)
    // Those whose partitions hold no such rows go on; the others wait.
    const expected = (await shop.counted()) + others.length
    await expect.poll(() => shop.counted()).toBe(expected)
    await expect.poll(async () => (await back.ask('metrics')).text).toMatch(/joai_task_stops_total\{[^}]*\} 1\n/)
    expect((await back.ask('readyz')).status).toBe(503)
    const { err } = await back.stop()
    expect(err).toMatch(/"code":"row-version".*task stopped/)
    expect(err).toMatch(/it holds rows of table 'loyalty' that version 3 wrote \(\d+\), and this code has version 1/)
    const meanwhile = await totalsIn(shop.log)
    for (const member of mine) expect(meanwhile.get(member)).toEqual(before.get(member))

    expect(await shop.apply('renaming')).toMatchObject({ code: 0 })
    const again = await shop.start('renaming')
    await shop.drained()
    expect(lastLine(await again.stop())).toMatchObject({ code: 0, restarts: 0 })
    const alone = await TopologyTest.open(loyalty('first'), { partitions })
    await alone.run(shop.sold)
    const all = await totalsIn(alone.log)
    const found = await totalsIn(shop.log)
    for (const member of steady) expect(found.get(member), member).toEqual(all.get(member))
  })
})
