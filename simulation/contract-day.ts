import { hours, minutes, type Time } from '../schemas/record.ts'
import { billEveryDays, endEveryDays, plans } from './contract.ts'
import type { EventRecorder } from './event-recorder.ts'

/** Records what one day brings to a contract: usage, a bill and its consequences, and the approaching end. */
export function contractDay(recorder: EventRecorder): void {
  const { chance, day, customer, start } = recorder
  const { contract, phone, id } = customer
  const { planId, cellId, tenureMonths, credit } = contract
  if (day === 0)
    recorder.recordEvent(start + chance.between(minutes(1), minutes(50)), 'contract_changed', [id, phone], {
      'joai.ContractChanged': { planId, cellId, tenureMonths, credit },
    })
  const gb = Math.round(1000 * contract.gbPerDay * (0.5 + chance.next())) / 1000
  recorder.recordEvent(recorder.moment(), 'usage_rated', [phone], { 'joai.UsageRated': { gb, planId } })
  if ((day + contract.billOffset) % billEveryDays === 0) issueBill(recorder, recorder.moment())
  if ((day + contract.endOffset) % endEveryDays === 0) approachEnd(recorder, recorder.moment())
  if (chance.is(0.01)) openTicket(recorder, recorder.moment(), chance.of(['network', 'roaming', 'other']))
}

function issueBill(recorder: EventRecorder, at: Time): void {
  const { chance, customer } = recorder
  const identifiers = [customer.id, customer.phone]
  const isHigh = chance.is(0.6)
  const delta = (isHigh ? chance.between(16, 70) : chance.between(-20, 14)) / 100
  const amount = Math.round(100 * plans.find(({ planId }) => planId === customer.contract.planId)!.price * (1 + delta))
  recorder.recordEvent(at, 'bill_issued', identifiers, {
    'joai.BillIssued': { amount: amount / 100, delta, dueAt: at + hours(24 * 14) },
  })
  if (isHigh && chance.is(0.3)) openTicket(recorder, at + chance.between(minutes(20), hours(11)), 'bill')
  if (chance.is(0.12))
    recorder.recordEvent(at + chance.between(hours(1), hours(10)), 'payment_failed', identifiers, {
      'joai.PaymentFailed': { code: chance.of(['insufficient-funds', 'card-expired']) },
    })
}

function openTicket(recorder: EventRecorder, at: Time, topic: string): void {
  const { chance, customer } = recorder
  const identifiers = [customer.id]
  recorder.recordEvent(at, 'ticket_opened', identifiers, { 'joai.TicketOpened': { topic } })
  const csat = chance.is(0.6) ? chance.between(1, 5) : null
  recorder.recordEvent(at + chance.between(hours(1), hours(8)), 'ticket_closed', identifiers, {
    'joai.TicketClosed': { topic, csat },
  })
}

function approachEnd(recorder: EventRecorder, at: Time): void {
  const { chance, customer } = recorder
  const identifiers = [customer.id, customer.phone]
  const { planId } = customer.contract
  recorder.recordEvent(at, 'contract_end_near', identifiers, {
    'joai.ContractEndNear': { days: chance.of([90, 60, 30, 14]) },
  })
  const later = at + chance.between(minutes(30), hours(16))
  if (chance.is(customer.leavesAnyway))
    recorder.recordEvent(later, 'port_out_requested', identifiers, { 'joai.PortOutRequested': { operator: 'other' } })
  else if (chance.is(0.25)) {
    const to = plans.find(plan => plan.planId !== planId)!.planId
    recorder.recordEvent(later, 'plan_changed', identifiers, { 'joai.PlanChanged': { from: planId, to } })
  }
}
