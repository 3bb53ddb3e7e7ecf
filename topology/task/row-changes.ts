import type { Topic } from '../../schemas/record.ts'
import { BadRecord, typeOf } from '../../schemas/wire.ts'
import type { Plan } from '../graph/plan.ts'
import type { Log, LogRecord } from '../log/log.ts'

/** The log of a task and what it folds. */
interface Folded {
  readonly topic: Topic
  readonly partition: number
  readonly plan: Plan
}

/** The number of records that are looked through at a time. */
const pageMax = 500

/** Tells whether a record changes a row that something may throw under: a release, a stop, or the end of either. */
export function isChange({ topic, plan }: Pick<Folded, 'topic' | 'plan'>, { value }: LogRecord): boolean {
  try {
    const type = typeOf(topic, value)
    return plan.fallbacks.some(({ fallback }) => type === fallback!.changedBy || type === fallback!.type)
  } catch (error) {
    if (error instanceof BadRecord) return false
    throw error
  }
}

/** Finds the next record of a task's log, from an offset on, that changes such a row; null where there is none yet. */
export async function nextChange(log: Log, folded: Folded, from: number): Promise<LogRecord | null> {
  const { name } = folded.topic
  for (let at = from; ; ) {
    const page = await log.read(name, folded.partition, at, pageMax)
    if (page.length === 0) return null
    const found = page.find(record => isChange(folded, record))
    if (found) return found
    at = page.at(-1)!.offset + 1
  }
}
