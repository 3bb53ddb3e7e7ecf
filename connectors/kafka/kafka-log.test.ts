import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import type { Commit } from '../../topology/ports.ts'
import { logContract } from '../log-contract.ts'
import { openKafkaLog } from './kafka-log.ts'

const brokers = process.env.KAFKA_BROKERS
const reason = brokers ? null : 'no broker: KAFKA_BROKERS is not set'

describe.skipIf(reason)(`on a broker${reason ? ` (skipped: ${reason})` : ''}`, () => {
  const traits = { durable: true, aborts: true, together: false, dense: false }
  logContract('kafka', open, traits)
})

async function open() {
  const options = {
    brokers: brokers!.split(','),
    clientId: 'contract',
    app: `contract-${randomUUID()}`,
    prefix: `${randomUUID()}.`,
  }
  const log = await openKafkaLog(options)
  let current = log
  return {
    log,
    begin: (commit: Commit) => log.leaveOpen(commit),
    reopen: async () => {
      await current.close()
      current = await openKafkaLog(options)
      return current
    },
    dispose: () => current.close(),
  }
}
