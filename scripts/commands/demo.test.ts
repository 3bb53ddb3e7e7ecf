import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEmbeddedLog } from '../../connectors/embedded-log.ts'
import type { Decision, PersonEvent } from '../../schemas/generated.ts'
import { topics } from '../../schemas/topics.ts'
import { decisionsHash } from '../../topology/hashes.ts'
import { BuiltPackage, lastLine } from '../fixtures/built-package.ts'
import { readRelease } from '../input.ts'
import { values } from '../summary.ts'

describe('joai demo', () => {
  const folder = mkdtempSync(join(tmpdir(), 'joai-demo-'))
  let built: BuiltPackage
  beforeAll(() => {
    built = BuiltPackage.build()
  })
  afterAll(() => {
    built.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  const demo = (...args: string[]) => built.run(['demo', '--customers', '150', ...args], { cwd: folder })
  /** A demo that has lived for about a second: it has told something. */
  const started = async (...args: string[]) => {
    const child = spawn(process.execPath, [built.joai, 'demo', '--customers', '150', ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.stdout.resume()
    return child
  }
  const ended = (child: Awaited<ReturnType<typeof started>>) =>
    new Promise<number | string | null>(resolve => child.once('exit', (code, signal) => resolve(signal ?? code)))
  const hashOf = async (directory: string) => {
    const log = await openEmbeddedLog(join(folder, directory, 'log'))
    try {
      return await decisionsHash(log)
    } finally {
      await log.close()
    }
  }

  test('killed five times, it goes on as if nothing had been', async () => {
    const untouched = demo('--log', 'untouched', '--speed', '0', '--until', '30h', '--json')
    for (let kill = 0; kill < 5; kill++) {
      const child = await started('--log', 'killed', '--speed', '10000')
      await delay(Math.random() * 500)
      child.kill('SIGKILL')
      expect(await ended(child)).toBe('SIGKILL')
    }
    const rest = await demo('--log', 'killed', '--speed', '0', '--until', '30h', '--json')
    expect(rest.code, rest.err).toBe(0)
    const whole = lastLine(await untouched)
    expect(lastLine(rest)).toMatchObject({ decisions: whole.decisions, sends: whole.sends, records: whole.records })
    expect(lastLine(rest).simulatedUntil).toBe('2017-10-31T19:00:00.000Z')
    expect(await hashOf('killed')).toBe(await hashOf('untouched'))

    const verified = await built.run(['verify', '--log', 'killed', '--json'], { cwd: folder })
    expect(lastLine(verified).laws.filter(({ violationCount }: any) => violationCount > 0)).toEqual([])
    const log = await openEmbeddedLog(join(folder, 'killed', 'log'))
    const decided = new Map<string, number>()
    for await (const { trigger } of values<Decision>(log, topics.decisions, 'decision'))
      if (trigger.eventId !== '') decided.set(trigger.eventId, (decided.get(trigger.eventId) ?? 0) + 1)
    const asks = new Set(readRelease(join(built.folder, 'examples/retail.yaml')).triggers)
    const triggers = new Set<string>()
    for await (const { eventId, type } of values<PersonEvent>(log, topics.people, 'event'))
      if (asks.has(type)) triggers.add(eventId)
    await log.close()
    expect([...triggers].filter(eventId => decided.get(eventId) !== 1)).toEqual([])
    expect(decided.size).toBe(triggers.size)
    expect(decided.size).toBeGreaterThan(150)
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

  test('will not go on with other customers, or in a folder of something else', async () => {
    await demo('--log', 'mine', '--speed', '0', '--until', '1h')
    const other = await demo('--log', 'mine', '--seed', 'spring')
    expect([other.code, other.err]).toEqual([2, expect.stringContaining('has joai; name a new folder')])
    const sample = ['--adapter', 'sample', '--release', join(built.folder, 'examples/grocery.yaml')]
    await built.run(['ingest', ...sample, '--log', 'other'], { cwd: folder })
    const telecom = await demo('--log', 'mine', '--release', join(built.folder, 'examples/grocery.yaml'))
    expect([telecom.code, telecom.err]).toEqual([2, expect.stringContaining('--release: the demo in')])
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
})
