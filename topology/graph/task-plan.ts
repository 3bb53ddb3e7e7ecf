import type { Topic } from '../../schemas/record.ts'
import { ticks } from '../../schemas/topics.ts'
import { type TaskId, taskName } from '../log/log.ts'
import type { Plan, Plans } from './plan.ts'
import { TopologyError } from './topology-error.ts'

/** Describes a task that a topology needs, given the partitions of its logs. */
export interface PlannedTask {
  readonly id: TaskId
  readonly plan: Plan
  readonly topic: Topic
  /** The tasks whose ticks make up this task's clock. */
  readonly tickSources: readonly string[]
}

/** Lists all tasks of a topology, in the order in which records travel. */
export function plannedTasks({ subTopologies }: Plans, partitions: ReadonlyMap<string, number>): PlannedTask[] {
  return subTopologies.flatMap((plan, index) =>
    plan.topics.flatMap(topic => {
      const before = subTopologies.slice(0, index).filter(({ passesTicksTo }) => passesTicksTo.includes(topic))
      const tickSources = before.flatMap(source => tickersOf(source, partitions)).map(taskName)
      return idsOf(plan, topic, partitions).map(id => ({ id, plan, topic, tickSources }))
    }),
  )
}

/**
 * Plans the same topology for a live application: time comes from the log `ticks` alone, which the first sub-topology
 * reads and passes on to every partition of every internal log. Throws TopologyError if time can't reach a timer.
 */
export function livePlans(plans: Plans): Plans {
  for (const { subTopology, topics, timers } of plans.subTopologies)
    if (timers.size > 0) for (const topic of topics) checkTimeComes(topic, subTopology)
  const internal = [...plans.topics.values()].filter(({ role, types }) => role === 'internal' && types.tick)
  const subTopologies = plans.subTopologies.map((plan, index) =>
    index === 0
      ? { ...plan, topics: [...plan.topics, ticks], passesTicksTo: internal }
      : { ...plan, passesTicksTo: [] },
  )
  return { ...plans, subTopologies, topics: new Map([...plans.topics, [ticks.name, ticks]]) }
}

function checkTimeComes({ name, role, types }: Topic, subTopology: string): void {
  const begin = `'${subTopology}' has a timer, but no time reaches it on a live application:`
  if (role === 'input')
    throw new TopologyError(
      `${begin} it reads the input '${name}' itself; repartition that to an internal topic with a type tick: broadcast(Tick)`,
    )
  if (!types.tick) throw new TopologyError(`${begin} '${name}' carries no ticks; give it a type tick: broadcast(Tick)`)
}

/**
 * Lists the tasks of a sub-topology that pass on ticks: where `ticks` is a log of its own, only the tasks of that log.
 */
function tickersOf(plan: Plan, partitions: ReadonlyMap<string, number>): TaskId[] {
  const topics = plan.topics.includes(ticks) ? [ticks] : plan.topics
  return topics.flatMap(topic => idsOf(plan, topic, partitions))
}

const idsOf = ({ subTopology }: Plan, topic: Topic, partitions: ReadonlyMap<string, number>): TaskId[] =>
  Array.from({ length: partitions.get(topic.name) ?? 0 }, (_, partition) => ({
    subTopology,
    topic: topic.name,
    partition,
  }))
