import { createHash } from 'node:crypto'
import type { KafkaLog } from '../../connectors/kafka/kafka-log.ts'
import type { DeadLetter } from '../../schemas/generated.ts'
import { topics } from '../../schemas/topics.ts'
import { encodeValue } from '../../schemas/wire.ts'
import { type LogRecord, type OutputRecord, type TaskId, taskName } from '../../topology/log/log.ts'
import { partitionOf } from '../../topology/log/partitioner.ts'
import {
  type Checkpoint,
  decodeCheckpoint,
  emptyCheckpoint,
  encodeCheckpoint,
  fingerprintOf,
  runtimeVersion,
} from '../../topology/task/checkpoint.ts'
import { UsageError } from '../cli/errors.ts'
import type { Change } from './change.ts'
import type { Wanted } from './deployment.ts'

/** A record that somebody lets its task pass over, because the task stops before it. */
export interface SkippedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

const prefix = 'skip:'
const form = /^(.+)\/(\d+)\/(\d+)$/

/** Reads the records to skip from the names that are allowed: `skip:people/3/125`. */
export const skippedRecords = (allowed: readonly string[]): readonly SkippedRecord[] =>
  allowed
    .filter(name => name.startsWith(prefix))
    .map(name => {
      const [, topic, partition, offset] = form.exec(name.slice(prefix.length)) ?? []
      if (topic === undefined)
        throw new UsageError(
          `--allow ${name}: write the topic, the partition and the offset, such as skip:people/3/125`,
        )
      return { topic, partition: Number(partition), offset: Number(offset) }
    })

/** Returns the change that skips a record; it is impossible where the record is not the next one of a task. */
async function skipChange(log: KafkaLog, wanted: Wanted, skipped: SkippedRecord): Promise<Change> {
  const name = nameOf(skipped)
  const change = { what: 'position', name, allow: `${prefix}${name}` } as const
  const next = await nextRecord(log, wanted, skipped)
  if (next === null) return { ...change, words: 'no task of this application reads it', impossible: true }
  const { record, checkpoint, id } = next
  if (record?.offset !== skipped.offset) {
    const where = record ? `the next record is at ${record.offset}` : `it stands at ${checkpoint.position}, at the end`
    return { ...change, words: `task ${taskName(id)} does not stop there: ${where}`, impossible: true }
  }
  return { ...change, words: 'is not folded, and becomes a dead letter' }
}

/** Returns the change for each record that is to be skipped. */
export const skipChanges = (
  log: KafkaLog,
  wanted: Wanted,
  skipped: readonly SkippedRecord[],
): Promise<readonly Change[]> => Promise.all(skipped.map(one => skipChange(log, wanted, one)))

/** Moves the task of a record past it, in one transaction with the dead letter; that also fences whoever runs the task. */
export async function skipRecord(log: KafkaLog, wanted: Wanted, skipped: SkippedRecord): Promise<void> {
  const next = await nextRecord(log, wanted, skipped)
  if (next === null) return
  const owner = await log.acquire(next.id)
  const { id, record, checkpoint } = (await nextRecord(log, wanted, skipped))!
  if (record?.offset !== skipped.offset) return
  const letter = letterOf(log, id, record, checkpoint, skipped)
  const { cause } = record
  const target = `${letter.topic}/${letter.partition}`
  const moved: Checkpoint = {
    ...checkpoint,
    position: record.offset + 1,
    fingerprint: fingerprintOf(record),
    sent: { ...checkpoint.sent, [target]: letter.cause!.n },
    received: cause ? { ...checkpoint.received, [cause.source]: cause.n } : checkpoint.received,
  }
  const commit = {
    owner,
    position: moved.position,
    outputs: [letter],
    changelog: [],
    checkpoint: encodeCheckpoint(moved),
  }
  await log.commit([commit])
}

const nameOf = ({ topic, partition, offset }: SkippedRecord): string => `${topic}/${partition}/${offset}`

/** Finds the task that reads a record's partition, and the record that it folds next; null where no task reads it. */
async function nextRecord(
  log: KafkaLog,
  { topics: all, topologyVersion }: Wanted,
  { topic, partition }: SkippedRecord,
) {
  const [changelog] = [...all].find(([, { part, log: read }]) => part === 'changelog' && read === topic) ?? []
  if (changelog === undefined || partition >= (log.topics().get(topic) ?? 0)) return null
  const id: TaskId = { subTopology: changelog.slice(0, changelog.lastIndexOf(`.${topic}-`)), topic, partition }
  const committed = await log.committed(id)
  const checkpoint = committed?.checkpoint
    ? decodeCheckpoint(committed.checkpoint)
    : { ...emptyCheckpoint(topologyVersion, runtimeVersion), position: await log.start(topic, partition) }
  const [record] = await log.read(topic, partition, checkpoint.position, 1)
  const part = all.get(topic)?.part
  const isInput = part === 'input' || part === 'foreign'
  return { id, checkpoint, record: record && (isInput ? withoutCause(record) : record) }
}

/** Anybody may have put a header on an input. */
const withoutCause = ({ cause: _, ...record }: LogRecord): LogRecord => record

function letterOf(
  log: KafkaLog,
  id: TaskId,
  { value, timestamp, offset }: LogRecord,
  { sent }: Checkpoint,
  skipped: SkippedRecord,
): OutputRecord {
  const { name: topic, types } = topics.deadLetters
  const key = nameOf(skipped)
  const partition = partitionOf(key, log.topics().get(topic)!)
  const letter: DeadLetter = {
    position: { ...skipped },
    reason: 'skipped',
    detail: 'its task was moved past it by hand',
    size: value.length,
    hash: createHash('sha256').update(value).digest('hex'),
    at: timestamp,
  }
  const n = (sent[`${topic}/${partition}`] ?? 0) + 1
  const cause = { source: taskName(id), position: offset, n, causeId: `${prefix}${key}`, path: [0] }
  return { topic, partition, key, value: encodeValue(types.letter, letter), timestamp, cause }
}
