import type { FirstData } from '../schemas/catalog/first-data.ts'
import type { CustomerEvent, Identifier, Receipt, Send } from '../schemas/generated.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { receiptOf } from '../schemas/receipts.ts'
import { hours, minutes, type Time } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { encodeValue } from '../schemas/wire.ts'
import type { Chance } from './chance.ts'
import { plans } from './contract.ts'
import { type Customer, chanceFor, type SimulationSettings, taste } from './customer.ts'
import { simulatedEvent } from './event-recorder.ts'
import { inputRecordOf } from './sample.ts'
import { consentChange, type ReceivedChange } from './sample-household.ts'
import { products, webOrder } from './shopping.ts'

/** A receipt of a send, or an action of its customer that the send caused. */
export interface Reaction extends InputRecord {
  readonly id: string
  readonly decisionId: string
}

/** A send that reaches its customer, with what influences the reaction. */
export interface Arrival {
  readonly send: Send
  /** The time from which it is being delivered. */
  readonly at: Time
  /** The customer's fatigue from contacts, on [0, 1]. */
  readonly fatigue: number
  /** Returns the time of the customer's next unprompted order after a time; null where none comes soon. */
  readonly nextOrder: (after: Time) => Time | null
}

/** Actions of the example releases that concern the customer's plan; all others concern an order. */
const aboutPlans: ReadonlySet<string> = new Set(['T2', 'T4', 'T5', 'T6', 'T8'])

/** Returns all reactions to one send. They depend on the settings, the customer and the arrival only. */
export function reactionsOf(settings: SimulationSettings, customer: Customer, arrival: Arrival): readonly Reaction[] {
  const { send, fatigue } = arrival
  const { lateShare, strayShare } = settings.behaviour
  const recorder = new ReactionRecorder(settings, customer, arrival)
  const { chance } = recorder
  if (chance.is(strayShare)) recorder.stray(arrival.at + chance.between(minutes(1), hours(1)))
  const delivery = chance.next()
  // Some providers never report anything.
  if (delivery < 0.02) return recorder.reactions
  const delivered = arrival.at + deliveryMs(send.channel, chance)
  if (delivery < 0.05) {
    recorder.receipt('bounced', delivered)
    return recorder.reactions
  }
  recorder.receipt('delivered', delivered, { lateMs: chance.is(lateShare) ? chance.between(hours(25), hours(40)) : 0 })
  if (chance.is(0.005 + 0.08 * fatigue * (1 - customer.patience)))
    recorder.receipt('complained', delivered + chance.between(minutes(2), minutes(60)))
  if (chance.is(0.005 + 0.05 * fatigue)) recorder.unsubscribe(delivered + chance.between(minutes(1), minutes(30)))
  const liking = taste(settings, customer, send.actionId) * (1 - fatigue)
  if (!chance.is(0.15 + 0.7 * liking)) {
    recorder.receipt('ignored', delivered + hours(24))
    return recorder.reactions
  }
  const opened = delivered + chance.between(minutes(1), hours(4))
  recorder.receipt('opened', opened)
  if (chance.is(0.1 + 0.6 * liking)) recorder.click(opened + chance.between(10_000, minutes(5)))
  return recorder.reactions
}

/** Draws the time of delivery: push and text are quick, mail is sometimes slow, and content of the app waits for its customer. */
function deliveryMs(channel: string, chance: Chance): number {
  if (channel === 'email') return chance.is(0.3) ? chance.between(hours(1), hours(9)) : chance.between(60_000, hours(1))
  if (channel === 'sms' || channel === 'push') return chance.between(2_000, minutes(4))
  return chance.between(minutes(10), hours(20))
}

/** Collects the reactions of one customer to one send. */
class ReactionRecorder {
  readonly reactions: Reaction[] = []
  readonly chance: Chance
  readonly #settings: SimulationSettings
  readonly #customer: Customer
  readonly #arrival: Arrival

  constructor(settings: SimulationSettings, customer: Customer, arrival: Arrival) {
    this.#settings = settings
    this.#customer = customer
    this.#arrival = arrival
    this.chance = chanceFor(settings.seed, customer.number, 'send', arrival.send.decisionId)
  }

  /** Adds a receipt of the send, and sometimes the same receipt again. */
  receipt(kind: Receipt['kind'], at: Time, { value = 0, lateMs = 0 } = {}): void {
    const receipt = this.#report(receiptOf(this.#arrival.send, kind, at, { value }), at + lateMs)
    if (this.chance.is(this.#settings.behaviour.duplicateShare))
      this.reactions.push({ ...receipt, timestamp: receipt.timestamp + this.chance.between(minutes(1), minutes(90)) })
  }

  /** Adds a mistaken receipt: of an unknown decision, or of an unknown person. */
  stray(at: Time): void {
    const { send } = this.#arrival
    const { idempotencyKey, decisionId, personId } = send
    const report = { ...receiptOf(send, 'delivered', at), receiptId: `${idempotencyKey}/stray` }
    const mixed = this.chance.is(0.5)
      ? { decisionId: `never-${decisionId}`.slice(0, decisionId.length), personId }
      : { decisionId, personId: `${personId.slice(0, -4)}none` }
    this.#report({ ...report, ...mixed }, at)
  }

  /** Adds a receipt of an unsubscription, and the withdrawal of consent that goes with it. */
  unsubscribe(at: Time): void {
    const { channel, decisionId } = this.#arrival.send
    const { id, jurisdiction } = this.#customer
    this.receipt('unsubscribed', at)
    const change = { status: 'withdrawn', channel, jurisdiction } as const
    const consent = consentChange(`unsubscribed-${decisionId}`, at + 2000, id, change)
    this.#receive({ receivedAt: at + 2000, event: null, consent })
  }

  /** Adds a click and perhaps a conversion. An order that would have come anyway counts as converted too, as channels report it. */
  click(at: Time): void {
    this.receipt('clicked', at)
    const anyway = this.#arrival.nextOrder(at)
    const isAboutPlan = aboutPlans.has(this.#arrival.send.actionId)
    if (anyway !== null && !isAboutPlan) this.receipt('converted', anyway + minutes(1), { value: 10 })
    else if (this.chance.is(this.#customer.persuadable)) {
      const done = at + this.chance.between(minutes(3), minutes(30))
      const value = isAboutPlan ? this.#changePlan(done) : this.#order(done)
      this.receipt('converted', done + minutes(1), { value })
    }
  }

  #changePlan(at: Time): number {
    const { planId: from } = this.#customer.contract
    const to = this.chance.of(plans.filter(({ planId }) => planId !== from))
    this.#prompted('plan_changed', at, [this.#customer.id, this.#customer.phone], {
      'joai.PlanChanged': { from, to: to.planId },
    })
    return to.price
  }

  #order(at: Time): number {
    const bought = Array.from({ length: this.chance.between(1, 2) }, () => this.chance.of(products))
    const order = webOrder(`prompted-${this.#arrival.send.decisionId}`, null, bought)
    this.#prompted('order_completed', at, [this.#customer.id], { 'joai.OrderCompleted': order })
    return order.value
  }

  #prompted(type: CustomerEvent['type'], occurredAt: Time, identifiers: readonly Identifier[], data: FirstData): void {
    const eventId = `prompted-${this.#arrival.send.decisionId}`
    const event = simulatedEvent({ eventId, type, occurredAt, identifiers, data })
    this.#receive({ receivedAt: occurredAt + 1000, event, consent: null })
  }

  #report(receipt: Receipt, timestamp: Time): Reaction {
    const { decisionId } = this.#arrival.send
    const { receiptId: id, personId: key } = receipt
    const value = encodeValue(topics.receipts.types.receipt, receipt)
    const reaction = { topic: topics.receipts.name, key, timestamp, id, decisionId, value }
    this.reactions.push(reaction)
    return reaction
  }

  #receive(change: ReceivedChange): void {
    this.reactions.push({ ...inputRecordOf(change), decisionId: this.#arrival.send.decisionId })
  }
}
