import { afterEach, beforeEach, describe } from 'vitest'
import { commitContract } from './log-commit-contract.ts'
import type { LogContext, LogTraits, LogUnderTest } from './log-fixture-contract.ts'
import { ownerContract } from './log-owner-contract.ts'
import { readingContract } from './log-reading-contract.ts'
import { reopenContract } from './log-reopen-contract.ts'

/** The contract of every log connector, written against the port alone. */
export function logContract(
  name: string,
  open: () => Promise<LogUnderTest>,
  traits: LogTraits = { durable: true, aborts: false, together: true, dense: true },
): void {
  describe(`the ${name} log`, () => {
    const context = { traits } as LogContext

    beforeEach(async () => {
      context.under = await open()
      context.log = context.under.log
      await context.log.createTopic('in', 4)
      await context.log.createTopic('out', 2)
    })

    afterEach(() => context.under.dispose())

    readingContract(context)
    commitContract(context)
    ownerContract(context)
    reopenContract(context)
  })
}
