// 3. A timer: which customers have stayed away for three days?
// A step sets a timer, which is kept with the row: it survives a restart, and fires by the time in the log, not by a clock.

import { operator } from 'joai/operator'
import { table } from 'joai/state'
import { broadcast, days, keyed, schema, topic, topology } from 'joai/topology'

interface Visit {
  readonly customer: string
}
interface Absence {
  readonly customer: string
  readonly since: number
}
interface Tick {
  readonly at: number
}

const Visit = schema<Visit>({ type: 'record', name: 'Visit', fields: [{ name: 'customer', type: 'string' }] })
const Absence = schema<Absence>({
  type: 'record',
  name: 'Absence',
  fields: [
    { name: 'customer', type: 'string' },
    { name: 'since', type: 'long' },
  ],
})
const Tick = schema<Tick>({ type: 'record', name: 'Tick', fields: [{ name: 'at', type: 'long' }] })

const byCustomer = (value: { readonly customer: string }) => value.customer
export const visits = topic('visits', 'input', { visit: keyed(Visit, byCustomer), tick: broadcast(Tick) })
export const absences = topic('absences', 'public', { absence: keyed(Absence, byCustomer) })

const lastVisit = table('last-visit', { schema: Absence, empty: { customer: '', since: 0 } })

/** Reports a customer who has stayed away for three days, once per absence. */
export const watch = operator({
  name: 'watch',
  input: { visit: Visit },
  output: Absence,
  writes: lastVisit,
  on: {
    visit: ({ value: { customer }, receivedAt }) => ({
      row: { customer, since: receivedAt },
      timer: receivedAt + days(3),
    }),
  },
  timer: (_record, absence) => ({ emit: [absence] }),
})

const absent = topology('a-timer', graph => {
  const { visit } = graph.source(visits, 'watching')
  graph.sink(absences, { absence: graph.process(watch, { visit }) })
})

export { absent as topology }
