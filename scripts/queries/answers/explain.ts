import type { Control } from '../../../schemas/generated.ts'
import { topics } from '../../../schemas/topics.ts'
import { UsageError } from '../../cli/errors.ts'
import { TopicCursor } from '../../logs/topic-cursor.ts'
import { namesOf } from '../action-names.ts'
import { explain, findDecision } from '../explain/explain.ts'
import { inWords } from '../explain/in-words.ts'
import type { Answer } from '../query.ts'
import { assertDecisions } from './decisions-only.ts'

/** Why this, and why not something else? */
export const explainAnswer: Answer<{ readonly decisionId: string; readonly json: boolean }> = async (
  { decisionId, json },
  desk,
  { say },
) => {
  const log = await desk.log()
  assertDecisions(log, desk, '`joai explain`')
  const decision = await findDecision(log, decisionId)
  if (decision === null) throw new UsageError(`there is no decision '${decisionId}'`)
  const controls = await TopicCursor.fromStart<Control>(log, topics.control, 'control').next()
  const decided = controls.map(({ value }) => value).filter(({ hash }) => hash === decision.provenance.releaseHash)
  const explanation = explain(decision, namesOf(decided))
  await say(json ? JSON.stringify(explanation) : inWords(explanation))
  return 0
}
