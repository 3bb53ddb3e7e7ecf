import { ConnectorError, type Log, type LogRecord, type Ownership, type TaskId, taskName } from '../log/log.ts'
import {
  type Checkpoint,
  decodeCheckpoint,
  emptyCheckpoint,
  isFingerprintOf,
  runtimeVersion,
  TaskStopped,
} from './checkpoint.ts'
import type { RowCache } from './row-cache.ts'

/**
 * Fences the task's previous owner and returns ownership with the checkpoint. Throws TaskStopped if the log contradicts
 * it, or if an internal log has lost records that no task folded.
 */
export async function acquireTask(
  log: Log,
  id: TaskId,
  topologyVersion: string,
  isInternal = false,
): Promise<{ readonly owner: Ownership; readonly checkpoint: Checkpoint }> {
  for (let seen: Ownership | null = null; ; ) {
    const owner = await log.acquire(id)
    try {
      const checkpoint =
        owner.checkpoint === null
          ? { ...emptyCheckpoint(topologyVersion, runtimeVersion), position: await log.start(id.topic, id.partition) }
          : decodeCheckpoint(owner.checkpoint)
      // What an input held before it was first read is nobody's loss; an internal log holds what other tasks have sent.
      if (isInternal && owner.checkpoint === null && checkpoint.position > 0)
        throw new TaskStopped(
          'out-of-range',
          taskName(id),
          `what ${id.topic}/${id.partition} held before ${checkpoint.position} was deleted before it was folded; \`joai plan\` shows how to go on`,
        )
      await verifyCheckpoint(taskName(id), owner, checkpoint, log)
      return { owner, checkpoint }
    } catch (error) {
      // If this process is paused after it has read the position, another one may acquire the task and commit
      // meanwhile. So a mismatch is damage only if a second attempt finds it unchanged.
      if (!(error instanceof TaskStopped) || (seen && isSame(seen, owner))) throw error
      seen = owner
    }
  }
}

const isSame = (a: Ownership, b: Ownership): boolean =>
  a.position === b.position &&
  (a.checkpoint === b.checkpoint || (a.checkpoint && b.checkpoint && Buffer.compare(a.checkpoint, b.checkpoint)) === 0)

/** Checks that the committed position is the checkpoint's, and that the record before it is the one that was folded. */
async function verifyCheckpoint(name: string, owner: Ownership, checkpoint: Checkpoint, log: Log): Promise<void> {
  const { topic, partition } = owner.task
  if (isAnotherTopic(owner, checkpoint))
    throw new TaskStopped(
      'topic-replaced',
      name,
      `'${topic}' was deleted and created anew since; \`joai plan\` shows how to begin it anew`,
    )
  // A changelog without a checkpoint is no damage: it holds what is left of a first commit that was aborted.
  if (owner.position === null && owner.checkpoint !== null)
    throw new TaskStopped(
      'position-missing',
      name,
      'it has a changelog but no committed position; `joai plan` shows how to take it from the checkpoint',
    )
  if (owner.position !== null && owner.position !== checkpoint.position)
    throw new TaskStopped(
      'head-mismatch',
      name,
      `the log says position ${owner.position}, the checkpoint ${checkpoint.position}; \`joai plan\` shows how to take it from the checkpoint`,
    )
  const end = await log.end(topic, partition)
  if (checkpoint.position > end)
    throw new TaskStopped(
      'out-of-range',
      name,
      `it stands at ${checkpoint.position}, but ${topic}/${partition} ends at ${end}; \`joai plan\` shows how to go on`,
    )
  if (checkpoint.position === 0 || checkpoint.fingerprint === '') return
  const last = await recordBefore(name, owner.task, checkpoint.position, log)
  if (last && !isFingerprintOf(checkpoint.fingerprint, last))
    throw new TaskStopped(
      'fingerprint-mismatch',
      name,
      `record ${last.offset} of ${topic}/${partition} is not the one that was folded`,
    )
}

/**
 * Reads the record before a position. Undefined if retention has deleted that record, but none that is still to be
 * folded.
 */
async function recordBefore(
  name: string,
  { topic, partition }: TaskId,
  position: number,
  log: Log,
): Promise<LogRecord | undefined> {
  try {
    return (await log.read(topic, partition, position - 1, 1))[0]
  } catch (error) {
    if (!isOutOfRange(error)) throw error
  }
  try {
    await log.read(topic, partition, position, 1)
    return undefined
  } catch (error) {
    if (!isOutOfRange(error)) throw error
    throw new TaskStopped(
      'out-of-range',
      name,
      `it stands at ${position}, which ${topic}/${partition} no longer holds; \`joai plan\` shows how to go on`,
    )
  }
}

/** Whether the topic that a checkpoint is about was deleted, and another one has its name now. */
export const isAnotherTopic = (
  { topicId }: Pick<Ownership, 'topicId'>,
  checkpoint: Pick<Checkpoint, 'topicId'>,
): boolean => topicId !== undefined && checkpoint.topicId !== undefined && topicId !== checkpoint.topicId

const isOutOfRange = (error: unknown): boolean => error instanceof ConnectorError && error.code === 'out-of-range'

/**
 * Restores the rows in the store from the committed changelog. A store that is ahead of the changelog is not trusted
 * and built anew. `progress` is called with how far the restoring is.
 */
export async function restoreRows(
  rows: RowCache,
  { task, changelogEnd }: Ownership,
  log: Log,
  progress: (applied: number, end: number) => void = () => undefined,
): Promise<void> {
  let applied = await rows.appliedUntil()
  if (applied > changelogEnd) {
    await rows.clear()
    applied = 0
  }
  while (applied < changelogEnd) {
    progress(applied, changelogEnd)
    const { entries, next } = await log.changelog(task, applied, 5000)
    await rows.restore(entries, next)
    applied = next
  }
  progress(applied, changelogEnd)
}
