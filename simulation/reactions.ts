import type { CustomerEvent, Identifier, Receipt, Send } from '../schemas/generated.ts'
import type { InputRecord } from '../schemas/input-record.ts'
import { receiptOf } from '../schemas/receipts.ts'
import { hours, minutes, type Time } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { encodeValue } from '../schemas/wire.ts'
import type { Chance } from './chance.ts'
import { plans } from './contract.ts'
import { type Customer, lot, taste, type World } from './customer.ts'
import { simulated } from './diary.ts'
import { recordOf } from './sample.ts'
import { consentChange } from './sample-customer.ts'
import { products, webOrder } from './shopping.ts'

/** What a send brings about: a receipt, or something that its customer does because of it. */
export interface Reaction extends InputRecord {
  readonly id: string
  readonly decisionId: string
}

/** A send at its customer, and what bears on how it is taken. */
export interface Arrival {
  readonly send: Send
  /** From when on it is on its way. */
  readonly at: Time
  /** On [0, 1]. */
  readonly fatigue: number
  /** The customer's next order that comes anyway after a time; null when none comes soon. */
  readonly nextOrder: (after: Time) => Time | null
}

/** Actions of the reference releases that are about the customer's plan; all else is about an order. */
const aboutPlans: ReadonlySet<string> = new Set([...['T2', 'T4', 'T5', 'T6', 'T8']])

/** All that becomes of one send, each at its time after `at`: a function of seed, customer, send and what it came upon. */
export function reactionsOf(world: World, customer: Customer, arrival: Arrival): readonly Reaction[] {
  const { send, fatigue } = arrival
  const { lateShare, strayShare } = world.habits
  const answer = new Answer(world, customer, arrival)
  const { chance } = answer
  if (chance.is(strayShare)) answer.stray(arrival.at + chance.between(minutes(1), hours(1)))
  const fate = chance.next()
  // Some providers never say what became of it.
  if (fate < 0.02) return answer.reactions
  const delivered = arrival.at + deliveryMs(send.channel, chance)
  if (fate < 0.05) {
    answer.receipt('bounced', delivered)
    return answer.reactions
  }
  answer.receipt('delivered', delivered, { lateMs: chance.is(lateShare) ? chance.between(hours(25), hours(40)) : 0 })
  if (chance.is(0.005 + 0.08 * fatigue * (1 - customer.patience)))
    answer.receipt('complained', delivered + chance.between(minutes(2), minutes(60)))
  if (chance.is(0.005 + 0.05 * fatigue)) answer.unsubscribe(delivered + chance.between(minutes(1), minutes(30)))
  const liking = taste(world, customer, send.actionId) * (1 - fatigue)
  if (!chance.is(0.15 + 0.7 * liking)) {
    answer.receipt('ignored', delivered + hours(24))
    return answer.reactions
  }
  const opened = delivered + chance.between(minutes(1), hours(4))
  answer.receipt('opened', opened)
  if (chance.is(0.1 + 0.6 * liking)) answer.click(opened + chance.between(10_000, minutes(5)))
  return answer.reactions
}

/** Push and text are quick; mail is held back now and then; what is shown in the app waits for its customer. */
function deliveryMs(channel: string, chance: Chance): number {
  if (channel === 'email') return chance.is(0.3) ? chance.between(hours(1), hours(9)) : chance.between(60_000, hours(1))
  if (channel === 'sms' || channel === 'push') return chance.between(2_000, minutes(4))
  return chance.between(minutes(10), hours(20))
}

class Answer {
  readonly reactions: Reaction[] = []
  readonly chance: Chance
  readonly #world: World
  readonly #customer: Customer
  readonly #arrival: Arrival

  constructor(world: World, customer: Customer, arrival: Arrival) {
    this.#world = world
    this.#customer = customer
    this.#arrival = arrival
    this.chance = lot(world.seed, customer.number, 'send', arrival.send.decisionId)
  }

  receipt(kind: Receipt['kind'], at: Time, { value = 0, lateMs = 0 } = {}): void {
    const heard = this.#report(receiptOf(this.#arrival.send, kind, at, { value }), at + lateMs)
    if (this.chance.is(this.#world.habits.duplicateShare))
      this.reactions.push({ ...heard, timestamp: heard.timestamp + this.chance.between(minutes(1), minutes(90)) })
  }

  /** A channel mixes things up: it reports on a decision that never was, or to a person that nobody knows. */
  stray(at: Time): void {
    const { send } = this.#arrival
    const { idempotencyKey, decisionId, personId } = send
    const report = { ...receiptOf(send, 'delivered', at), receiptId: `${idempotencyKey}/stray` }
    const mixed = this.chance.is(0.5)
      ? { decisionId: `never-${decisionId}`.slice(0, decisionId.length), personId }
      : { decisionId, personId: `${personId.slice(0, -4)}none` }
    this.#report({ ...report, ...mixed }, at)
  }

  unsubscribe(at: Time): void {
    const { channel, decisionId } = this.#arrival.send
    const { id, jurisdiction } = this.#customer
    this.receipt('unsubscribed', at)
    const change = { status: 'withdrawn', channel, jurisdiction } as const
    const consent = consentChange(`unsubscribed-${decisionId}`, at + 2000, id, change)
    this.#heard({ receivedAt: at + 2000, event: null, consent })
  }

  /** Whoever would have ordered anyway is counted as converted all the same: that is what channels report. */
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

  #prompted(
    type: CustomerEvent['type'],
    occurredAt: Time,
    identifiers: readonly Identifier[],
    data: CustomerEvent['data'],
  ): void {
    const eventId = `prompted-${this.#arrival.send.decisionId}`
    const event = simulated({ eventId, type, occurredAt, identifiers, data })
    this.#heard({ receivedAt: occurredAt + 1000, event, consent: null })
  }

  #report(receipt: Receipt, timestamp: Time): Reaction {
    const { decisionId } = this.#arrival.send
    const { receiptId: id, personId: key } = receipt
    const value = encodeValue(topics.receipts.types.receipt, receipt)
    const reaction = { topic: topics.receipts.name, key, timestamp, id, decisionId, value }
    this.reactions.push(reaction)
    return reaction
  }

  #heard(heard: Parameters<typeof recordOf>[0]): void {
    this.reactions.push({ ...recordOf(heard), decisionId: this.#arrival.send.decisionId })
  }
}
