import type { Chance } from '../../connectors/adapters/chance.ts'
import { recordOf } from '../../connectors/adapters/sample.ts'
import { consentChange, newOrder } from '../../connectors/adapters/sample-customer.ts'
import type { Receipt, Send } from '../../schemas/generated.ts'
import { hours, minutes, type Time } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { encodeValue } from '../../schemas/wire.ts'
import type { InputRecord } from '../../topology/history.ts'
import { type Customer, lot, taste, type World } from './customer.ts'

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

/** All that becomes of one send, each at its time after `at`: a function of seed, customer, send and what it came upon. */
export function reactionsOf(world: World, customer: Customer, arrival: Arrival): readonly Reaction[] {
  const { send, fatigue } = arrival
  const answer = new Answer(world, customer, arrival)
  const { chance } = answer
  const fate = chance.next()
  // Some providers never say what became of it.
  if (fate < 0.02) return []
  const delivered = arrival.at + deliveryMs(send.channel, chance)
  if (fate < 0.05) {
    answer.receipt('bounced', delivered)
    return answer.reactions
  }
  answer.receipt('delivered', delivered)
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

  receipt(kind: Receipt['kind'], at: Time, value = 0): void {
    const { idempotencyKey, decisionId, personId, channel: source } = this.#arrival.send
    const receiptId = `${idempotencyKey}/${kind}`
    const receipt: Receipt = { receiptId, decisionId, personId, kind, value, occurredAt: at, source }
    const record = { topic: topics.receipts.name, key: personId, timestamp: at, id: receiptId, decisionId }
    const framed = { ...record, value: encodeValue(topics.receipts.types.receipt, receipt) }
    this.reactions.push(framed)
    if (this.chance.is(this.#world.habits.duplicateShare))
      this.reactions.push({ ...framed, timestamp: at + this.chance.between(minutes(1), minutes(90)) })
  }

  unsubscribe(at: Time): void {
    const { channel, decisionId } = this.#arrival.send
    this.receipt('unsubscribed', at)
    const change = { status: 'withdrawn', channel } as const
    const consent = consentChange(`unsubscribed-${decisionId}`, at + 2000, this.#customer.household, change)
    this.#heard({ receivedAt: at + 2000, event: null, consent })
  }

  /** Whoever would have ordered anyway is counted as converted all the same: that is what channels report. */
  click(at: Time): void {
    this.receipt('clicked', at)
    const { decisionId } = this.#arrival.send
    const anyway = this.#arrival.nextOrder(at)
    if (anyway !== null) this.receipt('converted', anyway + minutes(1), 10)
    else if (this.chance.is(this.#customer.persuadable)) {
      const ordered = at + this.chance.between(minutes(3), minutes(30))
      const order = newOrder(this.chance, `prompted-${decisionId}`, this.#customer.likes)
      const event = {
        eventId: `prompted-${decisionId}`,
        type: 'order_completed',
        occurredAt: ordered,
        identifiers: [this.#customer.household],
        source: 'simulation',
        schemaVersion: 1,
        data: { 'joai.OrderCompleted': order },
      }
      this.#heard({ receivedAt: ordered + 1000, event, consent: null })
      this.receipt('converted', ordered + minutes(1), order.value)
    }
  }

  #heard(heard: Parameters<typeof recordOf>[0]): void {
    this.reactions.push({ ...recordOf(heard), decisionId: this.#arrival.send.decisionId })
  }
}
