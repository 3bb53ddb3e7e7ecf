// 4. An operator of your own beside the built-in ones: how often was each action decided on, day by day?
// Decisions are keyed by person. A count over all persons needs another key, so they are repartitioned by action and day.

import { operator } from 'joai/operator'
import { table } from 'joai/state'
import { Decision, type Extension, keyed, schema, topic } from 'joai/topology'

interface Chosen {
  readonly actionId: string
  readonly day: string
}
interface DayCount extends Chosen {
  readonly decisions: number
}

const actionId = { name: 'actionId', type: 'string' } as const
const day = { name: 'day', type: 'string', doc: 'In UTC, as in 2017-03-01.' } as const
const decisions = { name: 'decisions', type: 'long' } as const
const Chosen = schema<Chosen>({ type: 'record', name: 'Chosen', fields: [actionId, day] })
const DayCount = schema<DayCount>({ type: 'record', name: 'DayCount', fields: [actionId, day, decisions] })

const byActionAndDay = ({ actionId, day }: Chosen) => `${actionId} ${day}`
export const chosen = topic('chosen-actions', 'internal', { chosen: keyed(Chosen, byActionAndDay) })
export const daily = topic('daily-actions', 'public', { count: keyed(DayCount, byActionAndDay) })

/** Emits the chosen action and the day of each decision; a deferral has chosen nothing yet. */
export const chosenAction = operator({
  name: 'chosen-action',
  input: { decision: Decision },
  output: Chosen,
  on: {
    decision({ value: { outcome, time } }) {
      if (outcome.kind === 'DEFER') return {}
      return { emit: [{ actionId: outcome.actionId, day: new Date(time.decidedAt).toISOString().slice(0, 10) }] }
    },
  },
})

const counts = table('daily-counts', { schema: DayCount, empty: { actionId: '', day: '', decisions: 0 } })

/** Counts the decisions of each action and day, and emits every new count. */
export const dailyCount = operator({
  name: 'daily-count',
  input: { chosen: Chosen },
  output: DayCount,
  writes: counts,
  on: {
    chosen({ value }, { decisions }) {
      const counted = { ...value, decisions: decisions + 1 }
      return { row: counted, emit: [counted] }
    },
  },
})

// `extension: ./topology.js` in joai.yaml adds it to the main topology, for every command.
export const extension: Extension = (graph, { decision }) => {
  const choice = graph.process(chosenAction, { decision })
  const counting = graph.repartition(chosen, { chosen: choice }, 'counting')
  graph.sink(daily, { count: graph.process(dailyCount, { chosen: counting.chosen }) })
}
