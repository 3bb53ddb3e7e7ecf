import { expect, test } from 'vitest'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import type { Log, TaskId } from '../log/log.ts'
import { emptyCheckpoint, encodeCheckpoint, TaskStopped } from './checkpoint.ts'
import { acquireTask } from './recovery.ts'

const task: TaskId = { subTopology: 'deciding', topic: 'in', partition: 0 }
const checkpointAt = (position: number) => encodeCheckpoint({ ...emptyCheckpoint('a topology', 'a runtime'), position })

async function logOf(records: number): Promise<Log> {
  const log = openMemoryLog()
  await log.createTopic('in', 1)
  const record = { topic: 'in', partition: 0, key: 'ann', value: new Uint8Array(), timestamp: 1 }
  await log.append(Array.from({ length: records }, () => record))
  return log
}

/** Acquires the task and commits a position for it. */
async function goTo(log: Log, position: number, checkpoint = checkpointAt(position)): Promise<void> {
  await log.commit([{ owner: await log.acquire(task), position, outputs: [], changelog: [], checkpoint }])
}

/**
 * Shows the log as to a process that is paused while it acquires a task, while another process has the task and
 * commits.
 */
function pausedInAcquire(log: Log, meanwhile: () => Promise<void>): Log {
  let isStopped = false
  const acquire = async (id: TaskId) => {
    const before = await log.acquire(id)
    if (isStopped) return before
    isStopped = true
    await meanwhile()
    const { checkpoint } = await log.acquire(id)
    return { ...before, checkpoint }
  }
  return new Proxy(log, { get: (own, name) => (name === 'acquire' ? acquire : Reflect.get(own, name).bind(own)) })
}

const codeOf = (error: unknown): string => (error instanceof TaskStopped ? error.code : String(error))

test('a process that is paused while it acquires a task does not mistake the commit of another for damage', async () => {
  const log = await logOf(3)
  await goTo(log, 1)
  const { owner, checkpoint } = await acquireTask(
    pausedInAcquire(log, () => goTo(log, 3)),
    task,
    'a topology',
  )
  expect([owner.position, checkpoint.position]).toEqual([3, 3])
  const first = await logOf(3)
  const begun = await acquireTask(
    pausedInAcquire(first, () => goTo(first, 2)),
    task,
    'a topology',
  )
  expect([begun.owner.position, begun.checkpoint.position]).toEqual([2, 2])
})

test('a position that differs from that of the checkpoint stops the task', async () => {
  const log = await logOf(3)
  await goTo(log, 2, checkpointAt(1))
  expect(await acquireTask(log, task, 'a topology').catch(codeOf)).toBe('head-mismatch')
  const again = pausedInAcquire(log, () => goTo(log, 3, checkpointAt(1)))
  expect(await acquireTask(again, task, 'a topology').catch(codeOf)).toBe('head-mismatch')
})
