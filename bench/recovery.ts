import { BenchApplication, type LoggedLine } from './application.ts'
import { benchCustomers } from './customers.ts'
import { Decisions } from './decisions.ts'
import { Load } from './load.ts'
import type { BenchEnvironment } from './own-broker.ts'
import { bytesOnDisk, fillState } from './state.ts'

export interface RecoveryOptions {
  /** State on disk, in GB of 1,000,000,000 bytes. */
  readonly gigabytes: number
  readonly partitions: number
  /** Events a second during the kills. */
  readonly rate: number
  readonly sessionTimeoutMs: number
  readonly repeats: number
  readonly release: string
}

/** Figures of one kill; times in ms. */
export interface Recovery {
  readonly stateBytes: number
  /** From the kill to the start of the next process, which the supervisor delays a little. */
  readonly killedToStartedMs: number
  /** From the start to the assignment of the partitions: the group waits for the killed process's session to time out. */
  readonly startedToAssignedMs: number
  readonly assignedToDecisionMs: number
  readonly startedToDecisionMs: number
  /** Offsets that all tasks replayed from their changelogs, and the end offsets of these. */
  readonly replayed: number
  readonly changelogs: number
}

const persons = 1000

/** Kills a worker with a lot of state on disk under load, and measures the time without a decision. */
export async function recoveryBench(
  options: RecoveryOptions,
  { broker, folder, progress }: BenchEnvironment,
): Promise<Recovery[]> {
  const { gigabytes, partitions, sessionTimeoutMs, release, rate, repeats } = options
  const application = await BenchApplication.deploy(folder, { brokers: broker.brokers, partitions, sessionTimeoutMs })
  const log = await application.openLog()
  const data = application.dataOf()
  progress(`writing ${gigabytes} GB of state`)
  await fillState(application, { log, data, bytes: gigabytes * 1e9 })
  const machine = await application.start()
  await machine.ready()
  await application.release(log, release)
  const readAt: number[] = []
  const decisions = await Decisions.follow(log, one => readAt.push(one.readAt))
  const load = await Load.open(application.config, benchCustomers({ persons, events: 0, seed: 1 }))
  const stop = new AbortController()
  const loading = load.steadily(rate, stop.signal)
  const recoveries: Recovery[] = []
  for (let n = 1; n <= repeats; n++) {
    await decisions.until(decisions.count + rate)
    const stateBytes = bytesOnDisk(data)
    const times = await killOnce(application, decisions, readAt)
    recoveries.push({ stateBytes, ...times })
    progress(`kill ${n}: a decision ${times.assignedToDecisionMs} ms after the partitions were assigned`)
  }
  stop.abort()
  await loading
  await decisions.until(Math.ceil(load.appended / 4))
  await decisions.close()
  await Promise.all([load.close(), log.close(), machine.stop()])
  return recoveries
}

async function killOnce(
  application: BenchApplication,
  decisions: Decisions,
  readAt: readonly number[],
): Promise<Omit<Recovery, 'stateBytes'>> {
  const opened = application.logged('task opened').length
  const lives = application.logged('worker started').length
  const assignments = application.logged('assigned').length
  const killedAt = Date.now()
  process.kill(application.logged('worker started').at(-1)!.pid, 'SIGKILL')
  while (application.logged('assigned').length === assignments) await decisions.nextOrSoon()
  const assignedAt = timeOf(application.logged('assigned')[assignments]!)
  while (readAt.at(-1)! <= assignedAt) await decisions.nextOrSoon()
  const decidedAt = readAt.find(at => at > assignedAt)!
  const tasks = await allOpened(application, decisions, opened)
  const startedAt = timeOf(application.logged('worker started')[lives]!)
  return {
    killedToStartedMs: startedAt - killedAt,
    startedToAssignedMs: assignedAt - startedAt,
    assignedToDecisionMs: decidedAt - assignedAt,
    startedToDecisionMs: decidedAt - startedAt,
    replayed: tasks.reduce((sum, { changelog }) => sum + changelog.replayed, 0),
    changelogs: tasks.reduce((sum, { changelog }) => sum + changelog.end, 0),
  }
}

async function allOpened(application: BenchApplication, decisions: Decisions, before: number): Promise<LoggedLine[]> {
  const assigned: readonly string[] = application.logged('assigned').at(-1)!.partitions
  for (;;) {
    const opened = application.logged('task opened').slice(before)
    if (opened.length >= assigned.length) return opened
    await decisions.nextOrSoon()
  }
}

const timeOf = ({ time }: LoggedLine): number => Date.parse(time)
