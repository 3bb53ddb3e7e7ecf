import type { Answer } from '../desk/desk.ts'
import { explain, findDecision, inWords } from '../explain/explain.ts'
import { UsageError } from '../output.ts'

/** Why this, and why not something else? */
export const explainAnswer: Answer<{ readonly decisionId: string; readonly json: boolean }> = async (
  { decisionId, json },
  desk,
  { say },
) => {
  const decision = await findDecision(await desk.log(), decisionId)
  if (decision === null) throw new UsageError(`there is no decision '${decisionId}'`)
  const explanation = explain(decision)
  await say(json ? JSON.stringify(explanation) : inWords(explanation))
  return 0
}
