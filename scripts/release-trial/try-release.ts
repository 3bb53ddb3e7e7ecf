import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import { compiled } from '../../operators/release/compiled/compiled-release.ts'
import type { Release } from '../../operators/release/release.ts'
import type { DeadLetter, Decision, Receipt, Send } from '../../schemas/generated.ts'
import { receiptOf } from '../../schemas/receipts.ts'
import { days, hours, minutes, type RecordType, type Time, type Topic } from '../../schemas/record.ts'
import { channelsAmong, sendsOn, topics } from '../../schemas/topics.ts'
import { decodeValue, encodeValue } from '../../schemas/wire.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'
import { controlRecord, releaseControl } from '../../topology/replay/control-record.ts'
import { Interrupted } from '../../topology/replay/history-fold.ts'
import { HistoryRunner } from '../../topology/replay/history-runner.ts'
import { createTopics, writeHistory } from '../../topology/replay/history-writer.ts'
import { ReleaseRefused } from '../cli/errors.ts'
import { withoutConditions } from './conditions.ts'
import { trialConsents, trialEvents } from './trial-events.ts'

/** Configures a trial. */
export interface TrialOptions {
  /** The time at which the trial begins, and with it its decisions. */
  readonly now: Time
  /** The most bytes that a record of a topic may have; absent where nothing limits them. */
  readonly sizeMax?: (topic: string) => number | undefined
}

/** Trials end after this many records: timers may come again and again. */
const recordsMax = 20_000
/** What a record has around its value: its key, its headers and the frame of its batch. */
const aroundBytes = 1024
const receiptKinds = ['delivered', 'opened', 'clicked', 'converted', 'complained', 'bounced'] as const

/**
 * Tries a release out before it is written anywhere: a copy of the topology in memory decides by it on events of every type that
 * it reads, by day and by night, with its conditions and without them, and fires the timers that this sets. Throws
 * ReleaseRefused where that throws, exceeds a budget of steps or a topic's limit, or puts out a number that is not finite.
 */
export async function tryRelease(release: Release, topology: Topology, { now, sizeMax }: TrialOptions): Promise<void> {
  for (const tried of [release, withoutConditions(release)]) {
    const before = refusalsOf(tried)
    const log = await decided(tried, topology, now)
    if (sizeMax) await assertFits(log, tried, sizeMax)
    await assertFinite(log)
    if (tried === release && refusalsOf(tried) > before)
      throw new ReleaseRefused(
        'trial-too-costly',
        'an ordinary event costs more steps than its rules may take: make them simpler, or write features that count ahead',
      )
  }
}

function refusalsOf(release: Release): number {
  const { document, hash } = releaseControl(release)
  try {
    return compiled({ document, hash, stopped: [] })!.refusals()
  } catch (error) {
    throw new ReleaseRefused('trial-failed', `it does not compile: ${(error as Error).message}`)
  }
}

/** Decides by a release in memory, and returns the log of it. */
async function decided(release: Release, topology: Topology, now: Time): Promise<Log> {
  const log = openMemoryLog()
  await createTopics(log, topology, 1)
  const control = releaseControl(release)
  const day = [...trialConsents(release, now), ...trialEvents(release, now)]
  const night = trialEvents(release, now + hours(12))
  try {
    await writeHistory(log, topology, [controlRecord(control, now - 1), ...day, ...night])
    const runner = await HistoryRunner.open({ topology, log, store: openMemoryStore(), interrupt: isOver })
    await drained(runner, now + days(1))
    await writeHistory(log, topology, [...(await receiptsIn(log, now + days(1)))])
    await drained(runner, now + days(2) + longestMs(release))
  } catch (error) {
    throw new ReleaseRefused('trial-failed', `a decision by it throws: ${(error as Error).message}`)
  }
  const [refused] = await valuesIn<DeadLetter>(
    log,
    topics.deadLetters,
    'letter',
    ({ position }) => position.topic === topics.control.name,
  )
  if (refused) throw new ReleaseRefused('trial-failed', `intake refuses it: ${refused.detail} [${refused.reason}]`)
  return log
}

const isOver = (folded: number): boolean => folded > recordsMax

async function drained(runner: HistoryRunner, until: Time): Promise<void> {
  try {
    await runner.drain(until)
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
  }
}

/** Returns the longest time that a journey takes. */
const longestMs = ({ journeys = [] }: Release): number =>
  journeys.reduce((longest, { timeoutMs }) => Math.max(longest, timeoutMs), 0)

/** Makes receipts of every kind for the sends of a trial. */
async function receiptsIn(log: Log, from: Time) {
  const all = await Promise.all(
    channelsAmong(log.topics().keys()).map(channel => valuesIn<Send>(log, sendsOn(channel), 'send')),
  )
  const sent = all.flat().filter(({ kind }) => kind === 'send')
  return sent.flatMap((send, n) =>
    receiptKinds.map((kind, k) => {
      const at = from + minutes(n) + k
      const value: Receipt = receiptOf(send, kind, at)
      const { name, types } = topics.receipts
      return { topic: name, key: send.personId, timestamp: at, value: encodeValue(types.receipt, value) }
    }),
  )
}

async function valuesIn<V>(
  log: Log,
  topic: Topic<{ readonly [type: string]: RecordType<any> }>,
  type: string,
  keep: (value: V) => boolean = () => true,
): Promise<V[]> {
  const values: V[] = []
  for await (const { value } of records(log, topic.name, 0)) {
    const decoded: V = decodeValue(topic.types[type]!, value)
    if (keep(decoded)) values.push(decoded)
  }
  return values
}

/** Checks that every record of the trial fits its topic. */
async function assertFits(log: Log, release: Release, sizeMax: (topic: string) => number | undefined): Promise<void> {
  for (const topic of log.topics().keys()) {
    const most = sizeMax(topic)
    if (most === undefined) continue
    for await (const { value, key } of records(log, topic, 0)) {
      const size = value.length + key.length + aroundBytes
      if (size > most)
        throw new ReleaseRefused(
          'trial-too-large',
          `a record of ${size} bytes that '${release.release}' brings to '${topic}' is more than its max.message.bytes of ${most}: make the release smaller, or run joai apply`,
        )
    }
  }
}

/** Checks that no decision of the trial has a number that JSON and dashboards can't hold. */
async function assertFinite(log: Log): Promise<void> {
  const odd = (value: unknown): boolean =>
    typeof value === 'number'
      ? !Number.isFinite(value)
      : typeof value === 'object' && value !== null && Object.values(value).some(odd)
  const [found] = await valuesIn<Decision>(log, topics.decisions, 'decision', odd)
  if (found)
    throw new ReleaseRefused(
      'trial-not-finite',
      `its decision on '${found.trigger.type}' has a number that is not finite: bound the values and weights of its actions`,
    )
}
