import {
  type ChangelogEntry,
  type Commit,
  type Committed,
  ConnectorError,
  type NewRecord,
  type OutputRecord,
  type Ownership,
  type TaskId,
  taskName,
} from '../../topology/log/log.ts'

/** One partition of a topic, and the end of its committed records. */
export interface PartitionState {
  readonly topic: string
  readonly partition: number
  end: number
}

/** The committed state of a task, and the owner that may commit for it. */
export interface TaskState {
  readonly task: TaskId
  owner: Ownership | null
  position: number | null
  checkpoint: Uint8Array | null
  changelogEnd: number
}

/** The combined changes of a task's commits. */
export interface StagedTask<T extends TaskState> {
  readonly state: T
  position: number
  checkpoint: Uint8Array
  readonly changelog: ChangelogEntry[]
}

/** Checked commits that are not visible yet. */
export interface Staged<P extends PartitionState, T extends TaskState> {
  readonly records: ReadonlyMap<P, NewRecord[]>
  readonly tasks: ReadonlyMap<T, StagedTask<T>>
  readonly committed: readonly Committed[]
}

const nameRule = /^[A-Za-z0-9._-]{1,200}$/

/** The topics, partitions and tasks of a log in one process, and the checks that every commit must pass. */
export class LogState<P extends PartitionState, T extends TaskState> {
  readonly #topics = new Map<string, P[]>()
  #counts: ReadonlyMap<string, number> = new Map()
  readonly #tasks = new Map<string, T>()
  readonly #newPartition: (topic: string, partition: number) => P
  readonly #newTask: (task: TaskId) => T

  constructor(newPartition: (topic: string, partition: number) => P, newTask: (task: TaskId) => T) {
    this.#newPartition = newPartition
    this.#newTask = newTask
  }

  /** The number of partitions of each topic. */
  get topics(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /** Returns true when the topic does not exist yet. Throws `bad-topic` and `partitions-fixed`. */
  isNew(topic: string, partitions: number): boolean {
    if (!nameRule.test(topic) || !Number.isInteger(partitions) || partitions < 1 || partitions > 0xffff)
      throw new ConnectorError('bad-topic', `no topic can be called '${topic}' and have ${partitions} partitions`)
    const existing = this.#topics.get(topic)
    if (existing && existing.length !== partitions)
      throw new ConnectorError(
        'partitions-fixed',
        `topic '${topic}' has ${existing.length} partitions, not ${partitions}: their number never changes`,
      )
    return !existing
  }

  addTopic(topic: string, partitions: number): readonly P[] {
    const added = Array.from({ length: partitions }, (_, partition) => this.#newPartition(topic, partition))
    this.#topics.set(topic, added)
    this.#counts = new Map(Array.from(this.#topics, ([name, { length }]) => [name, length]))
    return added
  }

  partition(topic: string, partition: number): P {
    const partitions = this.#topics.get(topic)
    if (!partitions) throw new ConnectorError('unknown-topic', `there is no topic '${topic}'`)
    const found = partitions[partition]
    if (!found) throw new ConnectorError('unknown-partition', `topic '${topic}' has no partition ${partition}`)
    return found
  }

  /** Returns a partition that can be read from this offset on. Throws `out-of-range`. */
  readable(topic: string, partition: number, from: number): P {
    const found = this.partition(topic, partition)
    checkRange(`${topic}/${partition}`, from, found.end)
    return found
  }

  task(id: TaskId): T {
    this.partition(id.topic, id.partition)
    const name = taskName(id)
    let task = this.#tasks.get(name)
    if (!task) {
      if (!nameRule.test(id.subTopology))
        throw new ConnectorError('bad-task', `no sub-topology can be called '${id.subTopology}'`)
      task = this.#newTask(id)
      this.#tasks.set(name, task)
    }
    return task
  }

  /** Removes the owner of a task, so that nobody can commit for it until it is acquired again. */
  fence(id: TaskId): T {
    const task = this.task(id)
    task.owner = null
    return task
  }

  assignOwner(task: T): Ownership {
    const { position, checkpoint, changelogEnd } = task
    task.owner = { task: task.task, position, checkpoint, changelogEnd }
    return task.owner
  }

  /** Groups records by partition, in order. */
  group(outputs: readonly OutputRecord[], records: Map<P, NewRecord[]> = new Map()): Map<P, NewRecord[]> {
    for (const output of outputs) {
      const partition = this.partition(output.topic, output.partition)
      const list = records.get(partition)
      if (list) list.push(output)
      else records.set(partition, [output])
    }
    return records
  }

  /** Checks all commits and changes nothing. Throws `fenced` and `bad-commit`. */
  stage(commits: readonly Commit[]): Staged<P, T> {
    const records = new Map<P, NewRecord[]>()
    const tasks = new Map<T, StagedTask<T>>()
    const committed = commits.map(commit => {
      const { owner, position, checkpoint } = commit
      const state = this.task(owner.task)
      if (state.owner !== owner)
        throw new ConnectorError('fenced', `${taskName(owner.task)} was taken over, or a commit of it failed`)
      const staged = tasks.get(state)
      const before = staged?.position ?? state.position ?? 0
      if (!Number.isSafeInteger(position) || position < before)
        throw new ConnectorError(
          'bad-commit',
          `${taskName(owner.task)} stands at ${before} and can't go to ${position}`,
        )
      this.group(commit.outputs, records)
      const task = staged ?? { state, position, checkpoint, changelog: [] }
      task.position = position
      task.checkpoint = checkpoint
      for (const entry of commit.changelog) task.changelog.push(entry)
      tasks.set(state, task)
      return { changelogEnd: state.changelogEnd + task.changelog.length }
    })
    return { records, tasks, committed }
  }

  /** Makes staged commits visible, after they have been stored. */
  apply({ records, tasks }: Staged<P, T>): void {
    for (const [partition, { length }] of records) partition.end += length
    for (const { state, position, checkpoint, changelog } of tasks.values()) {
      state.position = position
      state.checkpoint = Uint8Array.from(checkpoint)
      state.changelogEnd += changelog.length
    }
  }

  /** Removes the owners whose commit has failed: they must acquire their tasks again. */
  discard(commits: readonly Commit[]): void {
    for (const { owner } of commits) {
      const task = this.#tasks.get(taskName(owner.task))
      if (task?.owner === owner) task.owner = null
    }
  }
}

/** Throws `out-of-range` for an offset that is neither in the log nor the next one to come. */
export function checkRange(log: string, from: number, end: number): void {
  if (Number.isSafeInteger(from) && from >= 0 && from <= end) return
  throw new ConnectorError('out-of-range', `${log} holds offsets 0 to ${end}, not ${from}`)
}
