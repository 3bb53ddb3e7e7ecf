import type { OutputRecord } from '../log/log.ts'
import { partitionOf } from '../log/partitioner.ts'
import type { Emission } from './outputs.ts'
import type { Task } from './task.ts'

/**
 * Adds an emission to the outputs, numbered for its target: to the partition of its key, or a copy to every partition.
 */
export function routeOutput(
  task: Task,
  emission: Emission,
  partitions: ReadonlyMap<string, number>,
  outputs: OutputRecord[],
): void {
  const count = partitions.get(emission.topic.name)!
  if (emission.key !== null) outputs.push(task.outputFor(emission, partitionOf(emission.key, count)))
  else for (let partition = 0; partition < count; partition++) outputs.push(task.outputFor(emission, partition))
}
