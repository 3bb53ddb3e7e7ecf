import { readFileSync } from 'node:fs'
import { verify } from '../../audit/verify.ts'
import { decisionIdOfEvent, decisionIdOfTimer } from '../../operators/hashing/ids.ts'
import { personOf, tokens } from '../../operators/identity/tokens.ts'
import { parseRelease } from '../../operators/release/file/parse.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import type { EventData } from '../../schemas/event-data.ts'
import type { ConsentChanged, Identifier, Receipt, ReferenceChange } from '../../schemas/generated.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { days, hours, minutes, type Time } from '../../schemas/record.ts'
import { referenceTypes } from '../../schemas/reference-data.ts'
import { sendsOn, topics } from '../../schemas/topics.ts'
import { decodeValue } from '../../schemas/wire.ts'
import { journey } from '../../topology/journey.ts'
import { controlRecord, releaseControl } from '../../topology/replay/control-record.ts'
import { receipt as anyReceipt, consent, event } from '../builders.ts'
import { input, TopologyTest } from '../topology-test.ts'
import type { BuiltEventType } from '../usual-events.ts'

const { channels } = firstCatalog.declaration

const secret = 'the secret of the stories'

/** The topology of all stories. */
const topology = journey({ secret })

const typesByPrefix: Readonly<Record<string, string>> = {
  'd-': 'device_id',
  'k-': 'cookie_id',
  'e-': 'email_hash',
  'l-': 'loyalty_id',
  'm-': 'msisdn_hash',
}

/** Makes an identifier: `anna` is a customer's id, `d-1` a device's, `k-1` a cookie's, `e-1` an address's, `l-1` a card's, `m-1` a phone's. */
const identifierOf = (value: string): Identifier => ({
  type: typesByPrefix[value.slice(0, 2)] ?? 'customer_id',
  value,
})

const tokenOf = tokens(secret)
/** Returns the id of the person that an identifier has before any merge. */
export const personIs = (name: string): string => personOf(tokenOf(identifierOf(name)).token)

/** Returns the id of the decision that a stage of a person's journey, which this event began, asks for when it is due. */
export const stageDecision = (name: string, stage: string, due: Time, begin: InputRecord): string =>
  decisionIdOfTimer('journeys', [personIs(name), ...stage.split('/'), decisionOn(begin)], due)

/** Returns the id that a decision on an event has. */
function decisionOn({ value, timestamp }: InputRecord): string {
  const { identifiers, type, source, eventId } = decodeValue(topics.events.types.event, value)
  const identifiedBy = identifiers.map(one => tokenOf(one).token).join(' ')
  return decisionIdOfEvent({ type, source, eventId, identifiedBy, personId: '' }, timestamp)
}

let count = 0

/** Builds an event of the customer with these names, the most reliable first, separated by spaces. */
export function happens<T extends BuiltEventType>(
  names: string,
  type: T,
  at: Time,
  fields: Partial<EventData<T>> = {},
  eventId = `e${count++}`,
): InputRecord {
  return event(type, fields, { at, identifiers: names.split(' ').map(identifierOf), eventId })
}

/** Builds a consent record of a customer, by default a grant for marketing on every channel. */
export const consents = (name: string, at: Time, change: Partial<ConsentChanged> = {}): InputRecord =>
  consent(change, { at, identifiers: [identifierOf(name)], eventId: `consent${count++}` })

/** Builds a change of reference data: everything that is known of an entry, or what happened to it. */
export function changes(data: ReferenceChange['data'], timestamp: Time): InputRecord {
  const type = Object.entries(referenceTypes).find(([, { name }]) => name in data)![0]
  const changeId = `change${count++}`
  const change = { changeId, type, occurredAt: timestamp, source: '', schemaVersion: 1, data }
  return input(topics.reference, 'change', change, { key: changeId, timestamp })
}

/** Builds the receipt of a send to a customer. */
export const receipt = (name: string, decisionId: string, at: Time, kind: Receipt['kind'] = 'delivered'): InputRecord =>
  anyReceipt({ decisionId, personId: personIs(name), kind }, { at })

/** The span between two ticks, and how long time goes on after the last record. */
export interface Pace {
  readonly tickMs: number
  readonly restMs: number
}
export const fewDays: Pace = { tickMs: minutes(5), restMs: days(3) }
export const someWeeks: Pace = { tickMs: hours(6), restMs: days(60) }

export interface StoryOptions {
  readonly partitions?: number
  readonly batch?: number
  /** Drops everything in memory after that many records and continues from the committed state, again and again. */
  readonly restartEvery?: number
}

/** Runs stories of customers under one release. */
export class Stories {
  readonly release
  readonly problems
  readonly #t0: Time

  /** `t0` is the time from which a story counts; `edit` changes the text of the release. */
  constructor(file: URL, t0: Time, edit: (text: string) => string = text => text) {
    const { release, problems } = parseRelease(edit(readFileSync(file, 'utf8')), file.pathname)
    this.release = release
    this.problems = problems
    this.#t0 = t0
  }

  /** Runs the release, then the history, then the time that passes after it. */
  async ran(history: readonly InputRecord[], pace: Pace, options: StoryOptions = {}): Promise<TopologyTest> {
    const { restartEvery = 0, ...more } = options
    const bench = await TopologyTest.open(topology, more)
    const began = Math.min(this.#t0, ...history.map(({ timestamp }) => timestamp))
    const ended = Math.max(this.#t0, ...history.map(({ timestamp }) => timestamp))
    const first = controlRecord(releaseControl(this.release!), began - 1)
    const last = happens('nobody', 'identity_linked', ended + pace.restMs, {}, 'the-end')
    const ordered = [...history].sort((a, b) => a.timestamp - b.timestamp)
    await bench.run([first, ...ordered, last], { until: { multipleOf: pace.tickMs }, restartEvery })
    return bench
  }

  /** Describes the result of a history: decisions, ends of journeys, sends and cancellations, with times in minutes. */
  async told(bench: TopologyTest) {
    const decisions = (await bench.read(topics.decisions, 'decision')).map(({ value }) => value)
    const ended = (await bench.read(topics.journeys, 'ended')).map(({ value }) => value)
    const sent = (
      await Promise.all(
        channels.map(async channel => (await bench.read(sendsOn(channel), 'send')).map(({ value }) => value)),
      )
    ).flat()
    const report = await verify(bench.log)
    const after = (at: Time) => (at - this.#t0) / minutes(1)
    return {
      decided: decisions.map(({ time, outcome, trigger }) => {
        const isSend = outcome.kind === 'ACT' || outcome.kind === 'MANDATORY'
        const asking = trigger.journey ? `${trigger.journey}/${trigger.stage}` : trigger.type
        return `${asking}: ${isSend ? outcome.actionId : outcome.kind} at ${after(time.decidedAt)}`
      }),
      ended: ended.map(({ journeyId, stage, how, at }) => `${journeyId}/${stage}: ${how} at ${after(at)}`),
      cancelled: sent.filter(({ kind }) => kind === 'cancel').map(({ actionId, reason }) => `${actionId}: ${reason}`),
      sent: sent.filter(({ kind }) => kind === 'send').map(({ actionId }) => actionId),
      violations: report.laws.flatMap(({ violations }) => violations),
      decisions,
    }
  }
}

/** Edits a release so that the best candidate always wins, for everyone: a story must not depend on a random draw. */
export const withoutChance = (text: string): string =>
  text
    .replace(/^experiments:\n( .*\n)+/m, '')
    .replace(/^( {2}epsilon): .*$/m, '$1: 0')
    .replace(/^( {2}floor): .*$/m, '$1: 0')
