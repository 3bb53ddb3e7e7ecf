import { hours, minutes, type Time } from '../schemas/record.ts'
import { billEveryDays, endEveryDays, plans } from './contract.ts'
import type { Diary } from './diary.ts'

/** What a day brings to the contract: usage, a bill and what follows from it, and the end coming near. */
export function contractDay(diary: Diary): void {
  const { chance, day, customer, start } = diary
  const { contract, phone, id } = customer
  const { planId, cellId, tenureMonths, credit } = contract
  if (day === 0)
    diary.tell(start + chance.between(minutes(1), minutes(50)), 'contract_changed', [id, phone], {
      'joai.ContractChanged': { planId, cellId, tenureMonths, credit },
    })
  const gb = Math.round(1000 * contract.gbPerDay * (0.5 + chance.next())) / 1000
  diary.tell(diary.moment(), 'usage_rated', [phone], { 'joai.UsageRated': { gb, planId } })
  if ((day + contract.billOffset) % billEveryDays === 0) bill(diary, diary.moment())
  if ((day + contract.endOffset) % endEveryDays === 0) nearEnd(diary, diary.moment())
  if (chance.is(0.01)) ask(diary, diary.moment(), chance.of(['network', 'roaming', 'other']))
}

function bill(diary: Diary, at: Time): void {
  const { chance, customer } = diary
  const identifiers = [customer.id, customer.phone]
  const isHigh = chance.is(0.6)
  const delta = (isHigh ? chance.between(16, 70) : chance.between(-20, 14)) / 100
  const amount = Math.round(100 * plans.find(({ planId }) => planId === customer.contract.planId)!.price * (1 + delta))
  diary.tell(at, 'bill_issued', identifiers, {
    'joai.BillIssued': { amount: amount / 100, delta, dueAt: at + hours(24 * 14) },
  })
  if (isHigh && chance.is(0.3)) ask(diary, at + chance.between(minutes(20), hours(11)), 'bill')
  if (chance.is(0.12))
    diary.tell(at + chance.between(hours(1), hours(10)), 'payment_failed', identifiers, {
      'joai.PaymentFailed': { code: chance.of(['insufficient-funds', 'card-expired']) },
    })
}

function ask(diary: Diary, at: Time, topic: string): void {
  const { chance, customer } = diary
  const identifiers = [customer.id]
  diary.tell(at, 'ticket_opened', identifiers, { 'joai.TicketOpened': { topic } })
  const csat = chance.is(0.6) ? chance.between(1, 5) : null
  diary.tell(at + chance.between(hours(1), hours(8)), 'ticket_closed', identifiers, {
    'joai.TicketClosed': { topic, csat },
  })
}

function nearEnd(diary: Diary, at: Time): void {
  const { chance, customer } = diary
  const identifiers = [customer.id, customer.phone]
  const { planId } = customer.contract
  diary.tell(at, 'contract_end_near', identifiers, { 'joai.ContractEndNear': { days: chance.of([90, 60, 30, 14]) } })
  const later = at + chance.between(minutes(30), hours(16))
  if (chance.is(customer.leavesAnyway))
    diary.tell(later, 'port_out_requested', identifiers, { 'joai.PortOutRequested': { operator: 'other' } })
  else if (chance.is(0.25)) {
    const to = plans.find(plan => plan.planId !== planId)!.planId
    diary.tell(later, 'plan_changed', identifiers, { 'joai.PlanChanged': { from: planId, to } })
  }
}
