import { verify } from '../../../audit/verify.ts'
import type { Answer } from '../query.ts'
import { assertDecisions } from './decisions-only.ts'

/** Does every decision until now hold under every law? Exit code 1 when one does not. */
export const verifyAnswer: Answer<{ readonly json: boolean }> = async ({ json }, desk, { say }) => {
  const log = await desk.log()
  assertDecisions(log, desk, '`joai verify`')
  const report = await verify(log)
  if (json) await say(JSON.stringify(report))
  else
    for (const { law, checked, violationCount, violations } of report.laws) {
      await say(`${law.padEnd(28)} checked ${String(checked).padStart(8)}   violations ${violationCount}`)
      for (const { decisionId, detail } of violations.slice(0, 5)) await say(`    ${decisionId} ${detail}`)
    }
  return report.ok ? 0 : 1
}
