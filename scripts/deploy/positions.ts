import type { KafkaLog } from '../../connectors/kafka/kafka-log.ts'
import { type LogRecord, type TaskId, taskName } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'
import {
  type Checkpoint,
  decodeCheckpoint,
  emptyCheckpoint,
  encodeCheckpoint,
  runtimeVersion,
} from '../../topology/task/checkpoint.ts'
import {
  checkpointFor,
  type HeldOffsets,
  receivedWithoutLost,
  type WayOn,
  wayOnOf,
} from '../../topology/task/way-on.ts'
import type { Change } from './change.ts'
import type { Deployment, Part, Wanted } from './deployment.ts'

/** What a task has committed on the cluster. */
interface TaskState {
  readonly id: TaskId
  /** The part of the log that the task reads. */
  readonly part: Part
  readonly position: number | null
  readonly checkpoint: Checkpoint | null
  readonly topicId: string | undefined
  readonly held: HeldOffsets
  readonly way: WayOn | 'rows-gone' | null
}

/** Returns the changes that let tasks go on which their logs contradict, one for each topic and way. */
export async function positionChanges(log: KafkaLog, wanted: Wanted, deployed: Deployment): Promise<Change[]> {
  const byName = new Map<string, TaskState[]>()
  for (const state of await taskStates(log, wanted))
    if (state.way !== null) byName.set(allowOf(state), [...(byName.get(allowOf(state)) ?? []), state])
  return [...deletedInputs(log, deployed), ...[...byName].map(([allow, states]) => changeFor(allow, states))]
}

/** Returns the inputs of a deployment that are not there: their tasks begin anew once a topic of that name is. */
const deletedInputs = (log: KafkaLog, { topics }: Deployment): Change[] =>
  Object.entries(topics)
    .filter(([name, { part }]) => part === 'input' && !log.topics().has(name))
    .map(([name]) => ({
      what: 'position',
      name,
      words: 'was deleted: its new partitions are read from their beginning',
      allow: `topic:${name}`,
    }))

/** Lets those tasks go on whose way is allowed, each by a transaction that also fences whoever runs it. */
export async function goOn(log: KafkaLog, wanted: Wanted, allowed: ReadonlySet<string>): Promise<void> {
  const states = await taskStates(log, wanted)
  for (const state of states) {
    const { id, way, held, topicId, checkpoint } = state
    if (way === null || way === 'rows-gone' || beginsAnew(state) || !allowed.has(allowOf(state))) continue
    const owner = await log.acquire(id)
    const from = checkpointFor(
      way,
      checkpoint ?? emptyCheckpoint(wanted.topologyVersion, runtimeVersion),
      held,
      topicId,
    )
    const next =
      way === 'start' && state.part === 'internal'
        ? { ...from, received: receivedWithoutLost(from, sentTo(states, id), numbered(await left(log, state))) }
        : from
    await log.moveTo(owner, next.position, encodeCheckpoint(next))
  }
}

/** Looks at each task until two answers agree, because a running task may commit in between. */
async function taskStates(log: KafkaLog, wanted: Wanted): Promise<TaskState[]> {
  const states: TaskState[] = []
  for (const [changelog, { part, log: topic }] of wanted.topics) {
    if (part !== 'changelog' || topic === undefined) continue
    const subTopology = changelog.slice(0, changelog.lastIndexOf(`.${topic}-`))
    const ids = Array.from({ length: log.topics().get(topic) ?? 0 }, (_, partition) => ({
      subTopology,
      topic,
      partition,
    }))
    states.push(...(await Promise.all(ids.map(id => settledState(log, id, wanted.topics.get(topic)!.part)))))
  }
  return states
}

async function settledState(log: KafkaLog, id: TaskId, part: Part): Promise<TaskState> {
  for (let seen = await stateOf(log, id, part); ; ) {
    if (seen.way === null) return seen
    const again = await stateOf(log, id, part)
    if (again.way === seen.way && again.position === seen.position) return again
    seen = again
  }
}

async function stateOf(log: KafkaLog, id: TaskId, part: Part): Promise<TaskState> {
  const committed = await log.committed(id)
  const held = { start: await log.start(id.topic, id.partition), end: await log.end(id.topic, id.partition) }
  const { position = null, topicId } = committed ?? {}
  const checkpoint = committed?.checkpoint ? decodeCheckpoint(committed.checkpoint) : null
  const known = { id, part, position, checkpoint, topicId, held }
  if (checkpoint !== null)
    return { ...known, way: wayOnOf({ position, checkpoint, ...(topicId && { topicId }) }, held) }
  if (position !== null) return { ...known, way: 'rows-gone' }
  // What an input held before it was first read is nobody's loss; an internal log holds what other tasks have sent.
  return { ...known, way: part === 'internal' && held.start > 0 ? 'start' : null }
}

const allowOf = ({ id, way }: TaskState): string =>
  way === 'rows-gone' ? `topic:${id.subTopology}.${id.topic}-changelog` : `${way}:${id.topic}`

/** Whether other tasks depend on what is gone, so that the whole application begins anew. */
const beginsAnew = ({ way, part }: TaskState): boolean =>
  way === 'rows-gone' || (way === 'topic' && part !== 'input' && part !== 'foreign')

function changeFor(allow: string, states: readonly TaskState[]): Change {
  const [first] = states as [TaskState, ...TaskState[]]
  const anew = beginsAnew(first)
  const name = allow.slice(allow.indexOf(':') + 1)
  const which = states.map(state => `${state.id.partition}${detailOf[first.way!](state)}`).join(', ')
  const words = `${wordsOf[first.way!]}${anew ? '; the whole application begins anew from its inputs' : ''}: partition ${which}`
  return { what: 'position', name, words, allow, ...(anew && { anew }) }
}

const wordsOf: Readonly<Record<Exclude<TaskState['way'], null>, string>> = {
  offsets:
    'the committed position is gone or was changed; it is taken from the checkpoint, and nothing is lost or folded twice',
  start: 'records were deleted before they were folded; they are lost, and it goes on behind them',
  end: 'records are gone that were folded; it goes on at the end of what is there',
  topic: 'was deleted and created anew since it was read',
  'rows-gone': 'was deleted, and the rows with it',
}

const detailOf: Readonly<Record<Exclude<TaskState['way'], null>, (state: TaskState) => string>> = {
  offsets: ({ checkpoint }) => ` (${checkpoint!.position})`,
  start: ({ checkpoint, held }) => ` (offsets ${checkpoint?.position ?? 0} to ${held.start - 1})`,
  end: ({ checkpoint, held }) => ` (from ${checkpoint!.position} back to ${held.end})`,
  topic: ({ held }) => ` (read from ${held.start})`,
  'rows-gone': () => '',
}

/** Counts what each task has sent to a partition. */
const sentTo = (states: readonly TaskState[], { topic, partition }: TaskId): ReadonlyMap<string, number> =>
  new Map(
    states.flatMap(({ id, checkpoint }) => {
      const count = checkpoint?.sent[`${topic}/${partition}`]
      return count === undefined ? [] : [[taskName(id), count] as const]
    }),
  )

async function left(log: KafkaLog, { id: { topic, partition } }: TaskState): Promise<LogRecord[]> {
  const found: LogRecord[] = []
  const sources = new Set<string>()
  for await (const record of records(log, topic, partition)) {
    if (record.cause === undefined || sources.has(record.cause.source)) continue
    sources.add(record.cause.source)
    found.push(record)
  }
  return found
}

const numbered = (found: readonly LogRecord[]) =>
  found.flatMap(({ cause }) => (cause === undefined ? [] : [{ source: cause.source, n: cause.n }]))
