import type { Control } from '../../../schemas/generated.ts'
import { topics } from '../../../schemas/topics.ts'
import { UsageError } from '../../cli/errors.ts'
import { TopicCursor } from '../../logs/topic-cursor.ts'
import { namesInControls } from '../action-names.ts'
import { explainDecision, findDecision } from '../explain/explain.ts'
import { formatExplanation } from '../explain/format.ts'
import type { QueryHandler } from '../query.ts'
import { assertDecisions } from './decisions-only.ts'

/** Explains a decision: why this action, and why not another. */
export const handleExplain: QueryHandler<{ readonly decisionId: string; readonly json: boolean }> = async (
  { decisionId, json },
  backend,
  { write },
) => {
  const log = await backend.log()
  assertDecisions(log, backend, '`joai explain`')
  const decision = await findDecision(log, decisionId)
  if (decision === null) throw new UsageError(`there is no decision '${decisionId}'`)
  const controls = await TopicCursor.fromStart<Control>(log, topics.control, 'control').next()
  const decided = controls.map(({ value }) => value).filter(({ hash }) => hash === decision.provenance.releaseHash)
  const explanation = explainDecision(decision, namesInControls(decided))
  await write(json ? JSON.stringify(explanation) : formatExplanation(explanation))
  return 0
}
