import { expect, test } from 'vitest'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import type { Log, TaskId } from '../log/log.ts'
import { emptyHead, encodeHead, TaskStopped } from './checkpoint.ts'
import { takeOver } from './recovery.ts'

const task: TaskId = { subTopology: 'deciding', topic: 'in', partition: 0 }
const headAt = (position: number) => encodeHead({ ...emptyHead('a topology', 'a runtime'), position })

async function logOf(records: number): Promise<Log> {
  const log = openMemoryLog()
  await log.createTopic('in', 1)
  const record = { topic: 'in', partition: 0, key: 'ann', value: new Uint8Array(), timestamp: 1 }
  await log.append(Array.from({ length: records }, () => record))
  return log
}

/** Commits that the task has come so far, as whoever has it. */
async function goTo(log: Log, position: number, head = headAt(position)): Promise<void> {
  await log.commit([{ owner: await log.takeOver(task), position, outputs: [], changelog: [], head }])
}

/** The log as a process sees it that is stopped in mid-takeover, and meanwhile another one has the task, and commits. */
function stoppedInTakeover(log: Log, meanwhile: () => Promise<void>): Log {
  let isStopped = false
  const takeOver = async (id: TaskId) => {
    const before = await log.takeOver(id)
    if (isStopped) return before
    isStopped = true
    await meanwhile()
    const { head } = await log.takeOver(id)
    return { ...before, head }
  }
  return new Proxy(log, { get: (own, name) => (name === 'takeOver' ? takeOver : Reflect.get(own, name).bind(own)) })
}

const codeOf = (error: unknown): string => (error instanceof TaskStopped ? error.code : String(error))

test('who is stopped in mid-takeover does not mistake what another has committed meanwhile for damage', async () => {
  const log = await logOf(3)
  await goTo(log, 1)
  const { owner, head } = await takeOver(
    stoppedInTakeover(log, () => goTo(log, 3)),
    task,
    'a topology',
  )
  expect([owner.position, head.position]).toEqual([3, 3])
  const first = await logOf(3)
  const begun = await takeOver(
    stoppedInTakeover(first, () => goTo(first, 2)),
    task,
    'a topology',
  )
  expect([begun.owner.position, begun.head.position]).toEqual([2, 2])
})

test('a position that is not the one of the head stops the task, whoever looks', async () => {
  const log = await logOf(3)
  await goTo(log, 2, headAt(1))
  expect(await takeOver(log, task, 'a topology').catch(codeOf)).toBe('head-mismatch')
  const again = stoppedInTakeover(log, () => goTo(log, 3, headAt(1)))
  expect(await takeOver(again, task, 'a topology').catch(codeOf)).toBe('head-mismatch')
})
