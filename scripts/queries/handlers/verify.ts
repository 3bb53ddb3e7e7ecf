import { verify } from '../../../audit/verify.ts'
import { visibleLine } from '../../cli/foreign-text.ts'
import type { QueryHandler } from '../query.ts'
import { assertDecisions } from './decisions-only.ts'

/** Checks every decision so far against every law; the exit code is 1 where one fails. */
export const handleVerify: QueryHandler<{ readonly json: boolean }> = async ({ json }, backend, { write }) => {
  const log = await backend.log()
  assertDecisions(log, backend, '`joai verify`')
  const report = await verify(log, { grows: backend.growing !== null })
  if (json) await write(JSON.stringify(report))
  else {
    for (const { law, checked, violationCount, violations } of report.laws) {
      await write(`${law.padEnd(28)} checked ${String(checked).padStart(8)}   violations ${violationCount}`)
      for (const { decisionId, detail } of violations.slice(0, 5))
        await write(visibleLine(`    ${decisionId} ${detail}`))
    }
    if (report.undecided > 0)
      await write(`${report.undecided} records of people are still being decided: not judged yet`)
  }
  return report.ok ? 0 : 1
}
