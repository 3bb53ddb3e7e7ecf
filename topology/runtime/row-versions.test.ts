import { expect, test } from 'vitest'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { plan } from '../graph/plan.ts'
import { rowSchemas } from '../graph/row-schemas.ts'
import type { Log } from '../log/log.ts'
import { partitionOf } from '../log/partitioner.ts'
import { createTopics, writeHistory } from '../replay/history-writer.ts'
import { TaskStopped } from '../task/checkpoint.ts'
import type { RowSchemas } from '../task/row-check.ts'
import { IdleWatcher } from '../test/idle-watcher.ts'
import { bought, joined, loyalty, totalsIn } from '../test/loyalty.ts'
import { Worker } from './worker.ts'

type Build = Parameters<typeof loyalty>[0]

/** Makes the schemas that `joai apply` would have noted for these builds. */
const noted =
  (...builds: readonly Build[]): RowSchemas =>
  async () =>
    new Map(builds.flatMap(build => Array.from(rowSchemas(plan(loyalty(build))), ([name, { json }]) => [name, json])))

const both = noted('first', 'second')

const tasksOf = (partition: number) => [`tills/tills/${partition}`, `points/members/${partition}`]

/** Runs a worker of one build on some partitions of all logs. */
class Node {
  readonly worker: Worker
  readonly #watcher = new IdleWatcher()
  readonly #log: Log
  readonly #notMine: readonly string[]

  constructor(build: Build, log: Log, rowSchemas: RowSchemas, partitions: readonly number[] = [0, 1]) {
    this.#log = log
    this.#notMine = [0, 1].filter(partition => !partitions.includes(partition)).flatMap(tasksOf)
    this.worker = new Worker({
      topology: loyalty(build),
      log,
      store: openMemoryStore(),
      time: 'history',
      idleMs: 1,
      rowSchemas,
      onEvent: event => this.#watcher.onEvent(event),
    })
    this.worker.assign(this.worker.topics.flatMap(topic => partitions.map(partition => ({ topic, partition }))))
  }

  /**
   * Waits until everything is folded, except by these tasks, which stop. Throws the error that stopped another task.
   */
  async idle(...stopped: readonly string[]): Promise<void> {
    await this.#watcher.allIdle(this.#log, this.worker.plans, [...this.#notMine, ...stopped])
  }

  /** Tells why the first task stopped. */
  async stop(): Promise<string> {
    const [error] = await expect
      .poll(() => this.#watcher.stopped)
      .toHaveLength(1)
      .then(() => this.#watcher.stopped)
    return error instanceof TaskStopped ? `${error.code}: ${error.message}` : String(error)
  }
}

/** Lets a worker of this build fold all input, and counts the rows of other versions that it read. */
async function fold(build: Build, log: Log, schemas: RowSchemas = both) {
  const node = new Node(build, log, schemas)
  await node.idle()
  await node.worker.close()
  return node.worker.rowsOfOtherVersions
}

const write = (log: Log, ...records: readonly InputRecord[]) => writeHistory(log, loyalty('first'), records)

async function logOf(...records: readonly InputRecord[]): Promise<Log> {
  const log = openMemoryLog()
  await createTopics(log, loyalty('first'), 2)
  await write(log, ...records)
  return log
}

const names = Array.from({ length: 20 }, (_, n) => `member-${n}`)
const [ann, bob] = [0, 1].map(partition => names.find(name => partitionOf(name, 2) === partition)!) as [string, string]

test('the next build reads the rows of the previous one, and after a rollback the previous build reads those of the next', async () => {
  const log = await logOf(bought('1', ann, 5), bought('2', bob, 70))
  expect(await fold('first', log)).toEqual([])
  await write(log, bought('3', ann, 5), bought('4', bob, 40))
  expect(await fold('second', log)).toEqual([{ table: 'loyalty', version: 1, rows: 2 }])
  await write(log, bought('5', ann, 1))
  expect(await fold('first', log)).toEqual([{ table: 'loyalty', version: 2, rows: 1 }])
  await write(log, bought('6', ann, 1), bought('7', bob, 1))
  expect(await fold('second', log)).toEqual([{ table: 'loyalty', version: 1, rows: 1 }])
  expect(await totalsIn(log)).toEqual(
    new Map([
      [ann, [5, 10, 11, 12]],
      [bob, [70, 110, 111]],
    ]),
  )
})

test('a rollback to a build that cannot read some rows stops before it folds anything, and loses nothing', async () => {
  const log = await logOf(bought('1', ann, 5), bought('2', bob, 7))
  await fold('first', log)
  await write(log, bought('3', ann, 5))
  await fold('renaming', log)
  await write(log, bought('4', ann, 1), bought('5', bob, 1))
  const back = new Node('first', log, noted('first', 'renaming'))
  expect(await back.stop()).toMatch(
    /^row-version: task points\/members\/0 stopped: it holds rows of table 'loyalty' that version 3 wrote \(1\), and this code has version 1: .*Nothing was folded/,
  )
  await back.idle('points/members/0')
  await back.worker.close()
  // The other partition has no such rows, and continued.
  expect(await totalsIn(log)).toEqual(
    new Map([
      [ann, [5, 10]],
      [bob, [7, 8]],
    ]),
  )
  await fold('renaming', log)
  expect((await totalsIn(log)).get(ann)).toEqual([5, 10, 11])
})

test('a rollback stops as well if the schemas were never noted', async () => {
  const log = await logOf(bought('1', ann, 5))
  await fold('second', log)
  await write(log, bought('2', ann, 1))
  const back = new Node('first', log, noted('first'))
  expect(await back.stop()).toMatch(/^row-version: .*the schema of that version was not noted/)
  await back.worker.close()
})

test('while both builds run, a worker learns to read the rows of a member who moves to its partition', async () => {
  const log = await logOf(bought('1', ann, 5), bought('2', bob, 7))
  await fold('first', log)
  await write(log, bought('3', ann, 5))
  const later = new Node('second', log, both, [0])
  await later.idle()
  const earlier = new Node('first', log, both, [1])
  await earlier.idle()
  await write(log, joined('4', ann, bob))
  await later.idle()
  await earlier.idle()
  await write(log, bought('5', bob, 1), bought('6', ann, 1))
  await later.idle()
  await earlier.idle()
  await Promise.all([later, earlier].map(({ worker }) => worker.close()))
  expect(earlier.worker.rowsOfOtherVersions).toEqual([{ table: 'loyalty', version: 2, rows: 1 }])
  expect((await totalsIn(log)).get(bob)!.toSorted((a, b) => a - b)).toEqual([7, 18, 19])
})

test('a member who arrives with unreadable rows stops the partition', async () => {
  const log = await logOf(bought('1', ann, 5))
  const later = new Node('renaming', log, both, [0])
  await later.idle()
  const earlier = new Node('first', log, noted('first', 'renaming'), [1])
  await earlier.idle()
  await write(log, joined('2', ann, bob))
  await later.idle()
  expect(await earlier.stop()).toMatch(
    /^row-version: .* record \d+ of members\/1: a row of table 'loyalty' has version 3/,
  )
  await Promise.all([later, earlier].map(({ worker }) => worker.close()))
})
