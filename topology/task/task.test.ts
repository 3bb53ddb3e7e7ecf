import { expect, test } from 'vitest'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import { operator } from '../../operators/operator.ts'
import { schema } from '../../schemas/codec/schema.ts'
import { keyed, topic } from '../../schemas/record.ts'
import { encodeValue } from '../../schemas/wire.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import type { Store } from '../../state/stores/store.ts'
import { table } from '../../state/table.ts'
import { topology } from '../graph/builder.ts'
import type { Cause, Log, TaskId } from '../log/log.ts'
import { HistoryRunner } from '../replay/history-runner.ts'
import { createTopics } from '../replay/history-writer.ts'
import { stateHash } from '../replay/run-hashes.ts'
import { decodeCheckpoint, encodeCheckpoint, TaskStopped } from './checkpoint.ts'

interface Amount {
  readonly account: string
  readonly amount: number
}
const Amount = schema<Amount>({
  type: 'record',
  name: 'Amount',
  fields: [
    { name: 'account', type: 'string' },
    { name: 'amount', type: 'long' },
  ],
})
const byAccount = keyed(Amount, ({ account }) => account)
const bookings = topic('bookings', 'input', { booking: byAccount })
const accounts = topic('accounts', 'internal', { booking: byAccount })
const balances = topic('balances', 'public', { balance: byAccount })
const balance = table('balance', {
  schema: Amount,
  empty: { account: '', amount: 0 },
  expires: row => row.amount === 0,
})

const passing = operator({
  name: 'passing',
  input: { booking: Amount },
  output: Amount,
  on: { booking: ({ value }) => ({ emit: [value] }) },
})
const booking = operator({
  name: 'booking',
  input: { booking: Amount },
  output: Amount,
  writes: balance,
  on: {
    booking({ value: { account, amount } }, row) {
      const next = { account, amount: row.amount + amount }
      return { row: next, emit: [next] }
    },
  },
})
const bank = topology('bank', graph => {
  const { booking: given } = graph.source(bookings, 'door')
  const { booking: keyedByAccount } = graph.repartition(
    accounts,
    { booking: graph.process(passing, { booking: given }) },
    'booking',
  )
  graph.sink(balances, { balance: graph.process(booking, { booking: keyedByAccount }) })
})

const task: TaskId = { subTopology: 'booking', topic: 'accounts', partition: 0 }
const value = (account: string, amount: number) => encodeValue(byAccount, { account, amount })

async function bankLog(...amounts: readonly number[]): Promise<Log> {
  const log = openMemoryLog()
  await createTopics(log, bank, 1)
  await log.append(
    amounts.map((amount, n) => ({
      topic: 'bookings',
      partition: 0,
      key: 'ann',
      value: value('ann', amount),
      timestamp: n,
    })),
  )
  return log
}

async function run(log: Log, store: Store = openMemoryStore()): Promise<HistoryRunner> {
  const runner = await HistoryRunner.open({ topology: bank, log, store })
  await runner.drain()
  return runner
}

const stopped = (log: Log, store?: Store) =>
  run(log, store).then(
    () => 'ran',
    error => (error instanceof TaskStopped ? error.code : String(error)),
  )

/** Puts a record on the internal log, as a task with wrong counts would. */
async function slipIn(log: Log, cause: Partial<Cause>): Promise<void> {
  const owner = await log.acquire({ subTopology: 'door', topic: 'bookings', partition: 0 })
  const output = {
    topic: 'accounts',
    partition: 0,
    key: 'ann',
    value: value('ann', 1),
    timestamp: 9,
    cause: { source: 'door/bookings/0', position: 9, n: 1, causeId: 'x', path: [0], ...cause },
  }
  await log.commit([
    {
      owner,
      position: owner.position ?? 0,
      outputs: [output],
      changelog: [],
      checkpoint:
        owner.checkpoint ??
        encodeCheckpoint({
          ...decodeCheckpoint(Buffer.from('{"sent":{},"received":{},"ticks":{}}')),
          position: 0,
          fingerprint: '',
          topologyVersion: '',
          runtimeVersion: '',
        }),
    },
  ])
}

test('a missing record stops the partition', async () => {
  const log = await bankLog(1, 2)
  await run(log)
  await slipIn(log, { n: 4 })
  expect(await stopped(log)).toBe('gap')
})

test('a duplicate record changes nothing and is counted', async () => {
  const log = await bankLog(1, 2)
  await run(log)
  await slipIn(log, { n: 2 })
  const runner = await run(log)
  expect(runner.tasks.map(({ name, duplicates }) => [name, duplicates])).toContainEqual(['booking/accounts/0', 1])
  expect(await log.end('balances', 0)).toBe(2)
})

/** Commits the checkpoints and positions of one log on another, as after a topic was deleted and created again. */
async function withCheckpointsOf(
  other: Log,
  log: Log,
  change: (position: number) => number = position => position,
): Promise<Log> {
  for (const id of [{ subTopology: 'door', topic: 'bookings', partition: 0 }, task]) {
    const { checkpoint } = await other.acquire(id)
    const owner = await log.acquire(id)
    await log.commit([
      {
        owner,
        position: change(decodeCheckpoint(checkpoint!).position),
        outputs: [],
        changelog: [],
        checkpoint: checkpoint!,
      },
    ])
  }
  return log
}

test('a log that is not the one that was folded stops the task, and nothing is reset', async () => {
  const before = await bankLog(1, 2)
  await run(before)
  expect(await stopped(await withCheckpointsOf(before, await bankLog(1, 99)))).toBe('fingerprint-mismatch')
  expect(await stopped(await withCheckpointsOf(before, await bankLog(1)))).toBe('out-of-range')
  expect(await stopped(await withCheckpointsOf(before, await bankLog(1, 2), position => position - 1))).toBe(
    'head-mismatch',
  )
})

test('a store that is ahead of the log is built anew', async () => {
  const store = openMemoryStore()
  await run(await bankLog(5, 6, 7), store)
  const log = await bankLog(5)
  const runner = await run(log, store)
  const fresh = await run(await bankLog(5))
  expect(await stateHash(runner.tasks)).toBe(await stateHash(fresh.tasks))
})

test('a lost store is rebuilt from the changelog with the same rows, even if a row expired', async () => {
  const log = await bankLog(5, -5, 3, -3)
  await log.append([{ topic: 'bookings', partition: 0, key: 'bob', value: value('bob', 8), timestamp: 9 }])
  const live = await stateHash((await run(log)).tasks)
  const lost = await run(log, openMemoryStore())
  expect(await stateHash(lost.tasks)).toBe(live)
  const left: string[] = []
  for (const own of lost.tasks) for await (const rows of own.rows.all()) left.push(rows.key)
  expect(left).toEqual(['bob'])
})

test('while one batch is folded, the rows of the next are read from the store', async () => {
  const log = openMemoryLog()
  await createTopics(log, bank, 1)
  const keys = Array.from({ length: 40 }, (_, n) => `account ${n}`)
  await log.append(keys.map((key, n) => ({ topic: 'bookings', partition: 0, key, value: value(key, 1), timestamp: n })))
  const store = openMemoryStore()
  let reads = 0
  const late: Store = {
    ...store,
    // Some engines are called only after a few promises have resolved.
    async getMany(keys) {
      for (let turn = 0; turn < 5; turn++) await null
      reads++
      return store.getMany(keys)
    },
  }
  const readsAt: number[] = []
  const batch = 10
  const watched = topology('bank', graph => {
    const { booking: given } = graph.source(bookings, 'door')
    const on = {
      booking: ({ value }: { readonly value: Amount }) => {
        readsAt.push(reads)
        return { row: value, emit: [value] }
      },
    }
    const watching = operator({ name: 'watching', input: { booking: Amount }, output: Amount, writes: balance, on })
    graph.sink(balances, { balance: graph.process(watching, { booking: given }) })
  })
  const runner = await HistoryRunner.open({ topology: watched, log, store: late, batch })
  reads = 0
  await runner.drain()
  // No batch follows the last one.
  expect(readsAt).toEqual(keys.map((_, n) => Math.min(Math.floor(n / batch) + 2, keys.length / batch)))
})
