import { setTimeout as delay } from 'node:timers/promises'
import type { LawReport } from '../audit/laws/report.ts'
import { topics } from '../schemas/topics.ts'
import { BenchApplication, type Machine } from './application.ts'
import { commitTimes, longestGap } from './commit-times.ts'
import { benchCustomers } from './customers.ts'
import { Decisions } from './decisions.ts'
import { Load } from './load.ts'
import type { BenchEnvironment } from './own-broker.ts'

export interface RollingOptions {
  readonly workers: number
  readonly partitions: number
  /** Events a second during the whole run. */
  readonly rate: number
  readonly sessionTimeoutMs: number
  /** Pause between two changes. */
  readonly restMs: number
  readonly release: string
}

/** One change of the workers, with the longest time without a decision in each partition by the broker's clock. */
export interface Phase {
  readonly name: string
  readonly seconds: number
  readonly gapsMs: readonly number[]
}

export interface RollingResult {
  readonly phases: readonly Phase[]
  /** Events that ask for a decision. */
  readonly triggers: number
  readonly decisions: number
  readonly missing: number
  readonly duplicates: number
  /** Whether a replay of `people` in one process gives the same bytes. */
  readonly replayEqual: boolean
  readonly violations: number
}

const persons = 500
const seed = 1

/** From one worker to several, a restart of each, and back to one, under load. */
export async function rollingBench(
  options: RollingOptions,
  { broker, folder, progress }: BenchEnvironment,
): Promise<RollingResult> {
  const { workers, partitions, sessionTimeoutMs, release, rate, restMs } = options
  const application = await BenchApplication.deploy(folder, { brokers: broker.brokers, partitions, sessionTimeoutMs })
  const log = await application.openLog()
  const names = Array.from({ length: workers }, (_, n) => `machine-${n}`)
  const machines = new Map<string, Machine>()
  const start = async (name: string) => {
    const machine = await application.start(name)
    machines.set(name, machine)
    await machine.ready()
  }
  const stop = async (name: string) => machines.get(name)!.stop()
  await start(names[0]!)
  await application.release(log, release)
  const decided = new Map<string, number>()
  const decisions = await Decisions.follow(log, ({ eventId }) => decided.set(eventId, (decided.get(eventId) ?? 0) + 1))
  const load = await Load.open(application.config, benchCustomers({ persons, events: 0, seed }))
  const over = new AbortController()
  const loading = load.steadily(rate, over.signal)
  await decisions.until(rate)
  const phases: { name: string; from: number; to: number }[] = []
  const phase = async (name: string, work: () => Promise<unknown>) => {
    progress(name)
    const from = Date.now()
    await work()
    await delay(restMs)
    phases.push({ name, from, to: Date.now() })
  }
  await phase(`1 to ${workers} workers`, () => Promise.all(names.slice(1).map(start)))
  for (const name of names)
    await phase(`restart of ${name}`, async () => {
      await stop(name)
      await start(name)
    })
  await phase(`${workers} workers to 1`, () => Promise.all(names.slice(1).map(stop)))
  over.abort()
  await loading
  const triggers = Math.ceil(load.appended / 4)
  await decisions.until(triggers)
  await stop(names[0]!)
  // Gives a decision that was written twice time to arrive.
  await decisions.nextOrSoon()
  await decisions.close()
  const times = await commitTimes(application.config, topics.decisions.name)
  const expected = Array.from({ length: triggers }, (_, n) => `${seed}-${4 * n}`)
  const replayed = await application.run('replay', '--from', 'people', '--json', '--brokers', broker.brokers)
  const verified = await application.run('verify', '--json', '--brokers', broker.brokers)
  await Promise.all([load.close(), log.close()])
  return {
    phases: phases.map(({ name, from, to }) => ({
      name,
      seconds: (to - from) / 1000,
      gapsMs: times.map(some => longestGap(some, from, to)),
    })),
    triggers,
    decisions: decisions.count,
    missing: expected.filter(id => !decided.has(id)).length,
    duplicates: decisions.count - decided.size,
    replayEqual: replayed.equal === true,
    violations: verified.laws.reduce((sum: number, law: LawReport) => sum + law.violationCount, 0),
  }
}
