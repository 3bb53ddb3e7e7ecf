// @module-tag broker

import { randomUUID } from 'node:crypto'
import { describe, inject } from 'vitest'
import type { Commit } from '../../topology/log/log.ts'
import { logContract } from '../test/log-contract.ts'
import { openKafkaLog } from './kafka-log.ts'

const broker = inject('broker')

describe.skipIf('lacks' in broker)('on a broker', () => {
  const traits = { durable: true, aborts: true, together: false, dense: false }
  logContract('kafka', () => open({}), traits)
  describe('that is older', { tags: ['slow'] }, () => {
    logContract('kafka, in the first way of transactions', () => open({ transactionVersion: 1 }), traits)
  })
})

async function open(way: { readonly transactionVersion?: 1 }) {
  const options = {
    brokers: 'lacks' in broker ? [] : broker.brokers.split(','),
    clientId: 'contract',
    app: `contract-${randomUUID()}`,
    prefix: `${randomUUID()}.`,
    ...way,
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
