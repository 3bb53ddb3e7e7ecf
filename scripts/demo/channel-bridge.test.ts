import { resolve } from 'node:path'
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { verify } from '../../audit/verify.ts'
import { accept, type Receiver, respond, startReceiver } from '../../connectors/channels/test/fixtures.ts'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import { personIds } from '../../operators/identity/tokens.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import type { Receipt, Send } from '../../schemas/generated.ts'
import type { IdentifiedRecord } from '../../schemas/input-record.ts'
import { isRefusal } from '../../schemas/receipts.ts'
import { minutes } from '../../schemas/record.ts'
import { sendsOn, topics } from '../../schemas/topics.ts'
import { type Population, population } from '../../simulation/population.ts'
import { inputRecordOf } from '../../simulation/sample.ts'
import { consentChange } from '../../simulation/sample-household.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { replayed } from '../../testing/test/replayed.ts'
import { journey } from '../../topology/journey.ts'
import type { Log } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'
import { releaseControl } from '../../topology/replay/control-record.ts'
import { createTopics } from '../../topology/replay/history-writer.ts'
import { hashesOf } from '../../topology/replay/run-hashes.ts'
import type { ChannelSettings } from '../channels/channel-settings.ts'
import { readReleaseFile } from '../input/release-file.ts'
import { singlePartitionTopics } from '../logs/partitions.ts'
import { values } from '../logs/summary.ts'
import { type ChannelBridge, openChannelBridge } from './channel-bridge.ts'
import { SimulationLoop } from './simulation-loop.ts'

const { channels } = firstCatalog.declaration

const secret = 'the secret of the living'
const topology = journey({ secret })
const start = Date.UTC(2017, 9, 30, 13)
const release = releaseControl(readReleaseFile(resolve(import.meta.dirname, '../../examples/retail.yaml')))

let receiver: Receiver
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(() => receiver.close())

interface RunningSimulation {
  readonly log: Log
  readonly people: Population
  /** Records to append in the next epoch. */
  readonly more: IdentifiedRecord[]
  readonly loop: SimulationLoop
  readonly channelBridge: ChannelBridge
  epochs(count: number): Promise<void>
}

async function live(setting: Partial<ChannelSettings[string]> = {}): Promise<RunningSimulation> {
  const log = openMemoryLog()
  await createTopics(log, topology, 2, singlePartitionTopics)
  const people = population('joai', { start, personIdOf: personIds(secret), customers: 300 })
  const more: IdentifiedRecord[] = []
  const eventsBetween: Population['eventsBetween'] = (from, to) => [
    ...people.eventsBetween(from, to),
    ...more.splice(0),
  ]
  const all = { ...people, eventsBetween }
  let channelBridge: ChannelBridge | undefined
  const store = openMemoryStore()
  const onEpoch = () => channelBridge?.onTimePassed()
  const loop = await SimulationLoop.open({ log, store, topology, population: all, release, start, onEpoch })
  const webhook = { url: receiver.url }
  channelBridge = await openChannelBridge(
    log,
    loop,
    Object.fromEntries(channels.map(channel => [channel, { webhook, ...setting }])),
  )
  const epochs = async (count: number) => {
    for (let n = 0; n < count; n++) {
      await loop.epoch()
      // Logs and stores in memory never yield to the network.
      await yieldToEventLoop()
    }
  }
  return { log, loop, people, more, channelBridge, epochs }
}

/** Returns a count of all channels together. */
const total = (
  channelBridge: ChannelBridge,
  what: 'delivered' | 'rejected' | 'cancelled' | 'refused' | 'expired' | 'held',
): number => Object.values(channelBridge.counts()).reduce((sum, counts) => sum + counts[what], 0)

async function sendsIn(log: Log): Promise<Send[]> {
  const found: Send[] = []
  for (const channel of channels) for await (const send of values<Send>(log, sendsOn(channel), 'send')) found.push(send)
  return found
}

describe('the channels of a demo', { tags: ['law'] }, () => {
  test('a refused send gives the contact back, and a replay of the log gives the same result', async () => {
    // The answer is the same for each try of a send.
    receiver.answer = (request, response, take) =>
      (crc32(request.key) % 3 === 0 ? respond(422) : accept)(request, response, take)
    const { log, loop, channelBridge, epochs } = await live()
    await epochs(12 * 14)
    await channelBridge.drainAndStop(10_000)
    const receipts: Receipt[] = []
    for await (const receipt of values<Receipt>(log, topics.receipts, 'receipt')) receipts.push(receipt)
    expect(receipts.filter(({ source }) => source.endsWith(': http-422')).length).toBeGreaterThan(10)
    // Sends whose consent ends, or that expire while they wait, are rejected as well.
    const refusals = receipts.filter(isRefusal)
    expect(total(channelBridge, 'rejected')).toBe(refusals.length)
    expect(total(channelBridge, 'delivered')).toBe(receiver.taken.size)
    expect(receipts.some(({ kind, source }) => kind === 'delivered' && source.includes('http'))).toBe(false)

    // A customer who received nothing does not react, apart from reactions that were pending when the refusal came.
    const refused = new Map(refusals.map(({ decisionId, occurredAt }) => [decisionId, occurredAt]))
    const later = receipts.filter(
      ({ decisionId, occurredAt, kind }) =>
        kind !== 'rejected' && occurredAt > (refused.get(decisionId) ?? Infinity) + minutes(10),
    )
    expect(later).toEqual([])

    let last = 0
    for await (const { timestamp } of records(log, topics.receipts.name, 0)) {
      expect(timestamp).toBeGreaterThanOrEqual(last)
      last = timestamp
    }
    const report = await verify(log)
    expect(report.laws.filter(({ checked, violationCount }) => checked === 0 || violationCount > 0)).toEqual([])
    const hashes = await loop.betweenEpochs(runner => hashesOf(log, runner))
    expect(await replayed(log, topology)).toEqual(hashes)
  })

  test('a customer who withdraws consent while sends are stuck receives none of them', async () => {
    const stuck: (() => void)[] = []
    receiver.answer = (...call) => stuck.push(() => accept(...call))
    const { log, loop, people, more, channelBridge, epochs } = await live({ inFlightMax: 1, timeoutMs: 60_000 })
    await epochs(12 * 24)
    expect(receiver.requests.length).toBe(stuck.length)
    expect(stuck.length).toBeGreaterThan(0)
    expect(stuck.length).toBeLessThanOrEqual(channels.length)

    // Every other customer with a waiting send withdraws all consent.
    const called = new Set(receiver.requests.map(({ key }) => key))
    const waiting = (await sendsIn(log)).filter(
      ({ idempotencyKey, kind }) => kind === 'send' && !called.has(idempotencyKey),
    )
    const owners = new Set(waiting.map(({ personId }) => personId).filter((_, n) => n % 2 === 0))
    const personIdOf = personIds(secret)
    const withdrawn = new Set<string>()
    for (const { identifiers } of people.truth([], loop.time))
      for (const identifier of identifiers) {
        const personId = personIdOf(identifier)
        if (!owners.has(personId)) continue
        withdrawn.add(personId)
        const at = loop.time + 1000 + more.length
        const consent = consentChange(`withdrawal-${personId}`, at, identifier, { status: 'withdrawn', channel: null })
        more.push(inputRecordOf({ receivedAt: at, event: null, consent }))
      }
    expect(withdrawn).toEqual(owners)
    await epochs(1)

    receiver.answer = accept
    for (const answer of stuck) answer()
    await channelBridge.drainAndStop(30_000)
    const cancels = (await sendsIn(log)).filter(({ kind }) => kind === 'cancel')
    const late = receiver.requests.slice(stuck.length)
    expect(late.filter(({ body }) => withdrawn.has(body.personId!) && body.purpose === 'marketing')).toEqual([])
    const cancelled = new Set(cancels.map(({ idempotencyKey }) => idempotencyKey))
    expect(late.filter(({ key }) => cancelled.has(key))).toEqual([])
    expect(late.length).toBeGreaterThan(20)
    // Deciding cancels the sends without a reaction; the channel finds out about the others when it checks again.
    expect(total(channelBridge, 'cancelled')).toBeGreaterThan(0)
    expect(total(channelBridge, 'refused')).toBeGreaterThan(0)
    expect(new Set(receiver.requests.map(({ key }) => key)).size).toBe(receiver.requests.length)
    const { laws } = await verify(log)
    const consent = laws.find(({ law }) => law === 'consent')!
    expect([consent.checked > 100, consent.violations]).toEqual([true, []])
  })
})
