// @module-tag process

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accept, startReceiver } from '../../../connectors/channels/test/fixtures.ts'
import { openEmbeddedLog } from '../../../connectors/embedded/embedded-log.ts'
import { triggersNothing } from '../../../operators/release/backfill.ts'
import { firstCatalog } from '../../../schemas/catalog/first-catalog.ts'
import type { Decision, PersonEvent, Receipt, Send } from '../../../schemas/generated.ts'
import { isRefusal } from '../../../schemas/receipts.ts'
import { sendsOn, topics } from '../../../schemas/topics.ts'
import { decodeValue, typeOf } from '../../../schemas/wire.ts'
import { Chance } from '../../../simulation/chance.ts'
import { BuiltPackage, lastLine } from '../../../testing/test/built-package.ts'
import { replayed } from '../../../testing/test/replayed.ts'
import { plan } from '../../../topology/graph/plan.ts'
import { journey } from '../../../topology/journey.ts'
import type { Log } from '../../../topology/log/log.ts'
import { records } from '../../../topology/log/log-reader.ts'
import { decisionsHash, outputHash } from '../../../topology/replay/run-hashes.ts'
import { replaySecret } from '../../config/config.ts'
import { readReleaseFile } from '../../input/release-file.ts'
import { values } from '../../logs/summary.ts'

const { channels } = firstCatalog.declaration

const seed = process.env.JOAI_SEED ?? String(Date.now())
const kills = Number(process.env.JOAI_KILLS ?? 3)
const topology = journey({ secret: replaySecret })

describe('joai demo', () => {
  const folder = mkdtempSync(join(tmpdir(), 'joai-demo-'))
  let built: BuiltPackage
  beforeAll(() => {
    built = BuiltPackage.build()
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  const demo = (...args: string[]) => built.run(['demo', '--customers', '150', ...args], { cwd: folder })
  const spawnDemo = (...args: string[]) =>
    spawn(process.execPath, [built.joai, 'demo', '--customers', '150', ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  /** A demo that has lived for about a second: it has told something. */
  const started = async (...args: string[]) => {
    const child = spawnDemo(...args)
    await once(child.stdout, 'data')
    child.stdout.resume()
    return child
  }
  const ended = (child: Awaited<ReturnType<typeof started>>) =>
    new Promise<number | string | null>(resolve => child.once('exit', (code, signal) => resolve(signal ?? code)))
  /** Counts the decisions of each trigger. */
  const triggersOf = async (log: Log) => {
    const decided = new Map<string, number>()
    for await (const { trigger } of values<Decision>(log, topics.decisions, 'decision'))
      if (trigger.eventId !== '') decided.set(trigger.eventId, (decided.get(trigger.eventId) ?? 0) + 1)
    const release = readReleaseFile(join(built.folder, 'examples/retail.yaml'))
    const asks = new Set(release.triggers)
    const triggers = new Set<string>()
    for (let partition = 0; partition < log.topics().get(topics.people.name)!; partition++)
      for await (const { value, timestamp } of records(log, topics.people.name, partition)) {
        if (typeOf(topics.people, value) !== 'event') continue
        const event: PersonEvent = decodeValue(topics.people.types.event, value)
        if (asks.has(event.type) && !triggersNothing(event, timestamp, release)) triggers.add(event.eventId)
      }
    return { decided, triggers }
  }
  /** The keys of sends that were not cancelled, and of those that the channel refused. */
  const sendsOf = async (log: Log) => {
    const all: Send[] = []
    for (const channel of channels) for await (const send of values<Send>(log, sendsOn(channel), 'send')) all.push(send)
    const cancelled = new Set(all.filter(({ kind }) => kind === 'cancel').map(({ idempotencyKey }) => idempotencyKey))
    const refused = new Set<string>()
    for await (const receipt of values<Receipt>(log, topics.receipts, 'receipt'))
      if (isRefusal(receipt)) refused.add(receipt.receiptId.slice(0, receipt.receiptId.lastIndexOf('/')))
    const standing = all.map(({ idempotencyKey }) => idempotencyKey).filter(key => !cancelled.has(key))
    return { standing, refused }
  }

  test(`killed ${kills} times at random while it delivers, it goes on, and nothing is decided, sent or counted twice`, {
    tags: ['slow'],
    timeout: 900_000,
  }, async () => {
    const chance = new Chance(`${seed}/kills`)
    let life = 0
    const livesOf = new Map<string, number[]>()
    const receiver = await startReceiver((request, response, take) => {
      livesOf.set(request.key, [...(livesOf.get(request.key) ?? []), life])
      // A service that heeds the key; it thinks for a while, so that calls are under way when the process dies.
      setTimeout(() => accept(request, response, livesOf.get(request.key)!.length === 1 ? take : () => undefined), 15)
    })
    const flags = ['--log', 'killed', '--webhook', receiver.url]
    for (; life < kills; life++) {
      const child = spawnDemo(...flags, '--speed', '20000')
      const alive = chance.is(0.2) ? delay(chance.between(100, 2000)) : once(child.stdout, 'data')
      await alive
      child.stdout.resume()
      await delay(chance.between(0, 400))
      child.kill('SIGKILL')
      expect(await ended(child)).toBe('SIGKILL')
    }
    const rest = await demo(...flags, '--speed', '0', '--until', '40h', '--json')
    await receiver.close()
    expect(rest.code, rest.err).toBe(0)

    const verified = lastLine(await built.run(['verify', '--log', 'killed', '--json'], { cwd: folder }))
    expect(verified.laws.filter(({ checked, violationCount }: any) => checked === 0 || violationCount > 0)).toEqual([])
    const log = await openEmbeddedLog(join(folder, 'killed', 'log'))
    const { laws } = verified
    const checkedOf = (name: string): number => laws.find(({ law }: any) => law === name).checked
    const { decided, triggers } = await triggersOf(log)
    expect([...triggers].filter(eventId => decided.get(eventId) !== 1)).toEqual([])
    expect(decided.size).toBe(triggers.size)
    expect(decided.size).toBeGreaterThan(150)
    expect(checkedOf('caps')).toBeGreaterThan(100)

    // All that was sent and not taken back was delivered once by the service's own count; a key came again only where the
    // process had died before it could note the answer.
    const { standing, refused } = await sendsOf(log)
    const calls = [...livesOf.values()].reduce((sum, lives) => sum + lives.length, 0)
    const again = [...livesOf].filter(([, lives]) => lives.length > 1)
    console.log(
      `seed ${seed}: ${kills} kills, ${calls} calls for ${receiver.taken.size} sends, ${again.length} keys called again`,
    )
    expect([...receiver.taken.values()].filter(times => times !== 1)).toEqual([])
    expect(standing.filter(key => !receiver.taken.has(key) && !refused.has(key))).toEqual([])
    expect(standing.length).toBeGreaterThan(100)
    for (const [key, lives] of again) expect(new Set(lives).size, key).toBe(lives.length)

    const killed = { outputHash: await outputHash(log, plan(topology)), decisionsHash: await decisionsHash(log) }
    expect(await replayed(log, topology)).toMatchObject(killed)
    await log.close()
  })

  test('a dry run decides the same, and calls nobody; nor does a replay, whatever is configured', {
    tags: ['slow'],
  }, async () => {
    const receiver = await startReceiver()
    const cwd = join(folder, 'configured')
    mkdirSync(cwd)
    const webhook = { url: receiver.url, headers: { authorization: { env: 'HOOK_TOKEN' } } }
    const file = Object.fromEntries(channels.map(channel => [channel, { webhook, triesMax: 3 }]))
    writeFileSync(join(cwd, 'joai.yaml'), JSON.stringify({ channels: file }))
    const run = (...args: string[]) => built.run(args, { cwd, env: { HOOK_TOKEN: 'a token of the hook' } })
    const lived = ['demo', '--customers', '150', '--speed', '0', '--until', '8h', '--json', '--log']
    const dry = lastLine(await run(...lived, 'dry', '--dry-run'))
    const release = join(built.folder, 'examples/grocery.yaml')
    const replay = await run('replay', '--adapter', 'sample', '--release', release, '--json')
    expect([dry.channels, lastLine(replay).sends > 0, receiver.requests.length]).toEqual([{}, true, 0])

    const wet = await run(...lived, 'wet')
    expect(wet.code, wet.err).toBe(0)
    const deliveredOf = (counts: any): number => counts.delivered
    const delivered = Object.values(lastLine(wet).channels).reduce(
      (sum: number, counts) => sum + deliveredOf(counts),
      0,
    )
    expect(delivered).toBe(receiver.taken.size)
    expect(delivered).toBeGreaterThan(20)
    expect(new Set(receiver.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['a token of the hook']),
    )
    const told = ({ decisions, sends, silences, outcomes }: any) => ({ decisions, sends, silences, outcomes })
    expect(told(dry)).toEqual(told(lastLine(wet)))
    await receiver.close()

    const without = await built.run(lived.concat('without'), { cwd })
    expect([without.code, without.err]).toEqual([
      2,
      'joai: channels.email.webhook.headers.authorization: there is no HOOK_TOKEN in the environment\n',
    ])
    const both = await run(...lived, 'both', '--dry-run', '--webhook', 'https://example.com')
    expect([both.code, both.err]).toEqual([2, 'joai: --dry-run delivers nothing: leave out --webhook\n'])
    const plain = await run(...lived, 'plain', '--webhook', 'http://example.com/hook')
    expect([plain.code, plain.err]).toEqual([2, "joai: --webhook: 'example.com' must be called by https\n"])
  })

  test('ends cleanly on Ctrl-C, after a while or at a time, and counts from the first start on', async () => {
    const child = await started('--log', 'stopped')
    child.kill('SIGINT')
    expect(await ended(child)).toBe(0)
    const soon = await demo('--log', 'stopped', '--for', '1s', '--json')
    expect(soon.code, soon.err).toBe(0)
    const first = lastLine(soon)
    expect(first.decisions).toBeGreaterThan(0)
    expect(first.p99Ms).toBeGreaterThanOrEqual(first.p50Ms)
    const again = await demo('--log', 'stopped', '--until', '24h', '--speed', '0', '--json', '--truth', 'truth.json')
    const { decisions, sends, silences, deferrals, outcomes, simulatedUntil } = lastLine(again)
    expect(decisions).toBeGreaterThan(first.decisions)
    expect(silences + deferrals + outcomes.ACT).toBe(decisions + lastLine(again).timerDecisions)
    expect(sends).toBe(outcomes.ACT)
    expect(simulatedUntil).toBe('2017-10-31T13:00:00.000Z')
    expect(JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8'))).toHaveLength(150)
  })

  test('will not go on with other customers, or in a folder of something else', { tags: ['slow'] }, async () => {
    await demo('--log', 'mine', '--speed', '0', '--until', '1h')
    const other = await demo('--log', 'mine', '--seed', 'spring')
    expect([other.code, other.err]).toEqual([2, expect.stringContaining('has joai; name a new folder')])
    const sample = ['--adapter', 'sample', '--release', join(built.folder, 'examples/grocery.yaml')]
    await built.run(['ingest', ...sample, '--log', 'other'], { cwd: folder })
    const otherwise = await demo('--log', 'mine', '--release', join(built.folder, 'examples/grocery.yaml'))
    expect([otherwise.code, otherwise.err]).toEqual([2, expect.stringContaining('--release: the demo in')])
    const missing = await demo('--log', 'new', '--release', 'none.yaml')
    expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('none.yaml')])
    const foreign = await demo('--log', 'other')
    expect([foreign.code, foreign.err]).toEqual([2, expect.stringContaining('holds a log that is no demo')])
  })

  test('two cannot live in one folder: the second is told who is there', async () => {
    const child = await started('--log', 'taken')
    const second = await demo('--log', 'taken', '--for', '1s')
    expect(second.code).toBe(3)
    expect(second.err).toContain(`in use by process ${child.pid}`)
    child.kill('SIGTERM')
    expect(await ended(child)).toBe(0)
  })

  test('takes the extension that joai.yaml names, and a run without it goes on where that one stopped', async () => {
    const example = join(built.folder, 'dist/examples/04-your-own-operator/topology.js')
    writeFileSync(join(folder, 'extended.yaml'), `extension: ${example}\n`)
    const env = { JOAI_CONFIG: 'extended.yaml' }
    const lived = (until: string, extended: Readonly<Record<string, string>>) => {
      const args = ['demo', '--customers', '60', '--log', 'extended', '--speed', '0', '--until', until, '--json']
      return built.run(args, { cwd: folder, env: extended })
    }
    expect(await lived('6h', env)).toMatchObject({ code: 0, err: '' })
    const tail = ['tail', 'daily-actions', '--log', 'extended', '--last', '1', '--json']
    const last = lastLine(await built.run(tail, { cwd: folder, env }))
    expect(last).toMatchObject({ topic: 'daily-actions', value: { decisions: expect.any(Number) } })
    const again = await built.run(['replay', '--again', '--log', 'extended', '--json'], { cwd: folder, env })
    expect(lastLine(again)).toMatchObject({ isSame: true })
    expect(await lived('9h', {})).toMatchObject({ code: 0, err: '' })
    expect(await built.run(['verify', '--log', 'extended'], { cwd: folder })).toMatchObject({ code: 0, err: '' })
  })
})
