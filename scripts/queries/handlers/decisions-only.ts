import { topics } from '../../../schemas/topics.ts'
import { plan } from '../../../topology/graph/plan.ts'
import type { Log } from '../../../topology/log/log.ts'
import { UsageError } from '../../cli/errors.ts'
import type { QueryBackend } from '../query.ts'

/** Refuses a question about decisions where there are none: of a topology of someone's own nothing is known that could be judged. */
export function assertDecisions(log: Log, { topology }: QueryBackend, what: string): void {
  const isOurs = plan(topology).topics.get(topics.decisions.name) === topics.decisions
  if (!isOurs || !log.topics().has(topics.decisions.name))
    throw new UsageError(
      `${what} can only judge decisions, and this log is of a topology of its own, which makes none: what it must hold is known to its own tests`,
    )
}
