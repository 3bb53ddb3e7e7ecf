// @module-tag process

import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openEmbeddedLog } from '../../connectors/embedded/embedded-log.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import type { Decision, Send } from '../../schemas/generated.ts'
import { sendsOn, topics } from '../../schemas/topics.ts'
import { BuiltPackage, lastLine, type Ran, type Running } from '../../testing/test/built-package.ts'
import { SerialQueue } from '../../topology/log/serial-queue.ts'
import { values } from '../logs/summary.ts'
import { socketPathOf } from './socket-file.ts'

const { channels } = firstCatalog.declaration

let built: BuiltPackage
const folder = mkdtempSync(join(tmpdir(), 'joai-beside-'))
const running = new Set<Running>()
beforeAll(() => {
  built = BuiltPackage.build()
})
afterEach(async () => {
  for (const demo of running) await demo.end('SIGKILL')
  running.clear()
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const grocery = () => ['--release', join(built.folder, 'examples/grocery.yaml')]
const few = () => ['--customers', '100', ...grocery()]
const joai = (...args: string[]) => built.run(args, { cwd: folder })
async function startDemo(log: string, speed = '20000', who: readonly string[] = few()): Promise<Running> {
  const args = ['demo', ...who, '--log', log, '--speed', speed, '--for', '10m']
  const demo = await built.start(args, { cwd: folder })
  running.add(demo)
  return demo
}
async function ended(demo: Running, signal: NodeJS.Signals): Promise<Ran> {
  running.delete(demo)
  return demo.end(signal)
}
const ofLog = async <V>(directory: string, read: (log: Awaited<ReturnType<typeof openEmbeddedLog>>) => Promise<V>) => {
  const log = await openEmbeddedLog(join(folder, directory, 'log'))
  try {
    return await read(log)
  } finally {
    await log.close()
  }
}
async function all<V>(from: AsyncIterable<V>): Promise<V[]> {
  const found: V[] = []
  for await (const one of from) found.push(one)
  return found
}
/** Only one process at a time can open a folder that no demo uses. */
const queue = new SerialQueue()
/** Expects one line on stderr that says what is wrong, nothing on stdout, and exit code 2. */
function refused({ code, out, err }: Ran, what: RegExp): void {
  expect(err).toMatch(what)
  expect({ lines: err.trimEnd().split('\n').length, out, code }).toEqual({ lines: 1, out: '', code: 2 })
}
/** The files, folders and sockets of a folder that another user may read, write or enter. */
const openToOthers = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(
    name => ((lstatSync(join(directory, name), { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0,
  )
const atLeast = (count: number) => expect.toSatisfy((found: number) => found >= count, `at least ${count}`)
const lines = ({ out }: Ran): any[] =>
  out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))

describe('concurrently with a demo', { tags: ['slow'] }, () => {
  test('queries are answered by the demo, and the same way after its end', async () => {
    // The demo first runs some hours, so that there are enough decisions for the queries.
    await joai('demo', ...few(), '--speed', '0', '--until', '6h')
    // This is the default folder of every command.
    const demo = await startDemo('.joai/demo')
    const follower = await built.start(['tail', '--follow', '--last', '1', '--json'], { cwd: folder })
    const leaver = await built.start(['tail', '--follow', '--last', '1', '--json'], { cwd: folder })
    const [decided, verified, second] = await Promise.all([
      joai('tail', '--json', '--last', '40'),
      joai('verify', '--json'),
      joai('demo'),
    ])
    expect(verified.code, verified.out).toBe(0)
    expect(second.err).toMatch(
      new RegExp(`in use by process ${demo.pid} \\('joai demo', since 20\\d\\d-[-\\dT:.]+Z\\) \\[log-locked\\]`),
    )
    expect([second.code, second.out]).toEqual([3, ''])
    const decisions = lines(decided).map(({ value }) => value as Decision)
    expect(decisions).toHaveLength(40)
    const { decisionId, subject } = decisions.findLast(({ outcome }) => outcome.kind === 'ACT')!
    const [explained, person, missing, noTopic, left] = await Promise.all([
      joai('explain', decisionId.slice(0, 12), '--json'),
      joai('person', subject.personId, '--last', '1000', '--json'),
      joai('explain', 'ffffffffffff'),
      joai('tail', 'sends.emial'),
      leaver.end('SIGINT'),
    ])
    expect(lastLine(explained)).toMatchObject({ decisionId, outcome: { kind: 'ACT' } })
    const report = lastLine(person)
    expect(report.timeline.map(({ id }: any) => id)).toContain(decisionId)
    expect([report.personId, ...report.was]).toContain(subject.personId)
    expect(report.standing.at).toBeGreaterThanOrEqual(report.timeline.at(-1).at)
    const { contacts, counters } = report.standing.ledger
    // One send in fifty bounces, and a returned contact is not listed any more.
    const givenBack = counters.returned + counters.cancelled > 0
    expect(givenBack || contacts.some((contact: any) => contact.decisionId === decisionId)).toBe(true)
    refused(missing, /there is no decision 'ffffffffffff'/)
    refused(noTopic, /there is no public topic 'sends\.emial': write 'sends\.email'/)
    expect(left.code, left.err).toBe(0)

    expect(openToOthers(join(folder, '.joai'))).toEqual([])
    const over = await ended(demo, 'SIGINT')
    expect(over.code, over.err).toBe(0)
    expect(existsSync(join(folder, '.joai/demo/joai.sock'))).toBe(false)
    const followed = await follower.end('SIGCONT')
    expect(followed.code, followed.err).toBe(0)
    const ids = lines(followed).map(({ value }) => value.decisionId)
    expect(new Set(ids).size).toBe(ids.length)
    const written = await ofLog('.joai/demo', log => all(values<Decision>(log, topics.decisions, 'decision')))
    const first = written.find(one => one.decisionId === ids[0])!.time.decidedAt
    const missed = written.filter(one => one.time.decidedAt > first && !ids.includes(one.decisionId))
    expect(missed.map(one => one.decisionId)).toEqual([])

    const [sameExplained, words, nobody, follow] = await Promise.all([
      queue.run(() => joai('explain', decisionId, '--json')),
      queue.run(() => joai('person', subject.personId)),
      queue.run(() => joai('person', 'household_id=nobody')),
      queue.run(() => joai('tail', '--follow')),
    ])
    expect(lastLine(sameExplained)).toEqual(lastLine(explained))
    for (const heading of ['KNOWN BY', 'LINKED BY', 'CONSENT', 'CONTACT LIMITS', 'JOURNEYS', 'FEATURES', 'LAST'])
      expect(words.out).toContain(`\n${heading}`)
    refused(nobody, /nobody was ever seen with household_id=nobody/)
    refused(follow, /nothing is written there now/)
  })

  test('after a kill, and with a path too long for a socket, the answers are the same, and so are the decisions of a replay', async () => {
    const long = join(folder, 'a-folder-whose-name-is-rather-long'.repeat(3))
    const demo = await startDemo(long, '2000')
    const path = socketPathOf(long)!
    expect([path.length < 104, path.startsWith(long), existsSync(path)]).toEqual([true, false, true])
    const follower = await built.start(['tail', '--follow', '--last', '1', '--json', '--log', long], { cwd: folder })
    await ended(demo, 'SIGKILL')
    const beside = await follower.end('SIGCONT')
    expect(beside.code).toBe(3)
    expect(beside.err).toContain('[owner-gone]')
    expect(existsSync(path)).toBe(true)
    const [{ key, value }] = lines(beside)
    const person = await joai('person', key, '--log', long, '--json')
    expect(lastLine(person).timeline.map(({ id }: any) => id)).toContain(value.decisionId)
    const halfway = await joai('replay', '--again', '--log', long, '--json')
    expect([halfway.code, lastLine(halfway).isSame]).toEqual([0, true])

    const next = await startDemo(long, '2000')
    expect([existsSync(path), socketPathOf(long) === path]).toEqual([true, true])
    expect((await joai('tail', '--log', long)).code).toBe(0)
    const over = await ended(next, 'SIGINT')
    expect([over.code, socketPathOf(long)]).toEqual([0, null])

    const whole = [...few(), '--speed', '0', '--until', '5h', '--json']
    const [slow, quick] = [await joai('demo', '--log', long, ...whole), await joai('demo', '--log', 'quick', ...whole)]
    expect([slow.code, quick.code], slow.err + quick.err).toEqual([0, 0])
    const { decisions, decisionsHash, outputHash, stateHash } = lastLine(quick)
    expect(decisions).toBeGreaterThan(30)
    expect(lastLine(slow)).toMatchObject({ decisions, decisionsHash, outputHash, stateHash })
    const again = await joai('replay', '--again', '--restart-every', '500', '--batch', '7', '--log', long, '--json')
    expect(lastLine(again)).toMatchObject({ isSame: true, decisionsHash, outputHash, stateHash })
    expect(lastLine(again).restarts).toBeGreaterThan(0)
  })
})

describe('a stop and a release', { tags: ['slow'] }, () => {
  test('take effect in every partition at once, whatever the speed, and at the same records in a replay', async () => {
    const text = readFileSync(join(built.folder, 'examples/retail.yaml'), 'utf8')
    writeFileSync(join(folder, 'next.yaml'), text.replace(/^version: 1$/m, 'version: 2'))
    writeFileSync(join(folder, 'broken.yaml'), text.replace(/^version: 1$/m, 'version: one'))
    const at = ['--log', 'changed', '--json']
    // The demo runs some hours at full speed with enough customers to have sends in delivery, then so slowly that the next epoch is minutes away.
    await joai('demo', '--customers', '250', '--speed', '0', '--until', '2h', '--log', 'changed')
    const demo = await startDemo('changed', '1', [])
    const [unknown, broken] = await Promise.all([
      joai('stop', 'size_guidence', '--log', 'changed'),
      joai('release', 'broken.yaml', '--log', 'changed'),
    ])
    refused(unknown, /no action 'size_guidence': write 'size_guidance'/)
    expect([broken.code, broken.out]).toEqual([2, ''])
    expect(broken.err).toMatch(/broken\.yaml:\d+:\d+/)
    const stopped = lastLine(await joai('stop', 'size_guidance', ...at))
    expect(stopped.actionId).toBe('R6')
    expect(stopped.positions.map(({ partition }: any) => partition).sort()).toEqual([0, 1, 2, 3])
    expect(stopped.cancelled).toBeGreaterThan(0)
    expect(lastLine(await joai('stop', 'R6', ...at))).toEqual({ actionId: 'R6', wasStopped: true })
    await ended(demo, 'SIGTERM')

    // No process uses the folder now, and its history can still be continued.
    await joai('demo', '--speed', '0', '--until', '3h', '--log', 'changed')
    const released = lastLine(await joai('release', 'next.yaml', ...at))
    expect(released).toMatchObject({ release: 'retail', version: 2 })
    expect(released.positions).toHaveLength(4)
    const rest = await joai('demo', '--speed', '0', '--until', '4h', ...at)

    const last = await ofLog('changed', async log => {
      const decided = await all(values<Decision>(log, topics.decisions, 'decision'))
      const isBehind = (positions: any[], { provenance: { input } }: Decision) =>
        input.offset > positions.find(({ partition }) => partition === input.partition).offset
      const when = (one: Decision) =>
        isBehind(released.positions, one) ? 'released' : isBehind(stopped.positions, one) ? 'stopped' : 'before'
      const countOf = (some: readonly Decision[]) => {
        const counts = { before: 0, stopped: 0, released: 0 }
        for (const one of some) counts[when(one)]++
        return counts
      }
      const guidance = decided.filter(({ outcome }) => outcome.actionId === 'R6')
      expect(countOf(guidance)).toEqual({ before: atLeast(3), stopped: 0, released: atLeast(1) })
      expect(countOf(decided)).toEqual({ before: atLeast(100), stopped: atLeast(40), released: atLeast(20) })
      const misplaced = decided.filter(one => one.provenance.releaseVersion !== (when(one) === 'released' ? 2 : 1))
      expect(misplaced).toEqual([])
      const sent = (await Promise.all(channels.map(channel => all(values<Send>(log, sendsOn(channel), 'send'))))).flat()
      const whenSent = new Map(decided.map(one => [one.decisionId, when(one)]))
      const ofGuidance = sent.filter(({ kind, actionId }) => kind === 'send' && actionId === 'R6')
      expect(ofGuidance.filter(({ decisionId }) => whenSent.get(decisionId) === 'stopped')).toEqual([])
      expect(ofGuidance).toHaveLength(guidance.length)
      const cancelled = sent.filter(({ kind, reason }) => kind === 'cancel' && reason === 'action-stopped')
      expect(cancelled.map(({ actionId }) => actionId)).toEqual(Array(stopped.cancelled).fill('R6'))
      return guidance.findLast(one => when(one) === 'released')!
    })
    const why = (await joai('explain', last.decisionId, '--log', 'changed')).out.replace(/\s+/g, ' ')
    expect(why).toContain('Sent R6 size_guidance (inapp) by inapp')
    expect(why).toContain('release retail, version 2')
    const again = await joai('replay', '--again', ...at)
    expect(again.code, again.out).toBe(0)
    const { decisionsHash, outputHash, stateHash } = lastLine(rest)
    expect(lastLine(again)).toMatchObject({ isSame: true, decisionsHash, outputHash, stateHash })
    const { laws } = lastLine(await joai('verify', ...at))
    expect(laws.filter(({ violationCount }: any) => violationCount > 0)).toEqual([])

    const options = { cwd: folder, env: { JOAI_SECRET: 'quite another secret' } }
    const other = await built.run(['replay', '--again', ...at], options)
    expect([other.code, lastLine(other).isSame]).toEqual([1, false])
    expect(lastLine(other).difference).toMatch(/^[a-z-]+\/\d+\/\d+: .+ is recorded as .+, the replay has /)
    refused(await built.run(['demo', '--log', 'changed'], options), /began with another secret/)
  })

  test('are refused where the history can not be continued', async () => {
    const release = join(built.folder, 'examples/grocery.yaml')
    await joai('ingest', '--adapter', 'sample', '--release', release, '--log', 'ingested')
    refused(await joai('stop', 'thank_you', '--log', 'ingested'), /nothing is decided there yet/)
    refused(await joai('release', release, '--log', 'ingested'), /'ingested' is no demo's/)
    refused(await joai('explain', 'ffffffffffff', '--log', 'nowhere'), /there is no log in 'nowhere'/)
    refused(await joai('replay', '--again', '--adapter', 'sample', '--log', 'ingested'), /leave out --adapter/)
    refused(await joai('replay', '--again'), /name the folder of a run/)
  })
})
