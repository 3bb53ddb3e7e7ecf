import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import { asBuffer } from '../../schemas/codec/bytes.ts'
import {
  type ChangelogEntry,
  type Commit,
  type Committed,
  ConnectorError,
  type Log,
  type LogRecord,
  type OutputRecord,
  type Ownership,
  type TaskId,
  type TopicPartition,
  taskName,
} from '../../topology/log/log.ts'
import { SerialQueues } from '../../topology/log/serial-queue.ts'
import type { ForeignSchemas } from '../registry/foreign-schemas.ts'
import type { SchemaIds } from '../registry/schema-ids.ts'
import { checkpointKey, committedPositions, lastCheckpoint } from './committed-offsets.ts'
import { Fetcher } from './fetcher.ts'
import { foreignRecords } from './foreign-records.ts'
import { type KafkaConnection, kafkaClient } from './kafka-client.ts'
import { messageOf, recordOf } from './kafka-records.ts'
import { changelogOf, type GrownTopic, KafkaTopics } from './kafka-topics.ts'
import { committedByKafkajs } from './kafkajs-filter.ts'
import { knownRecords } from './known-records.ts'
import { brokerError, type PartitionMessages, TransactionalProducer } from './producer.ts'
import { type Connections, connectionsOf } from './protocol/kafkajs-internals.ts'
import type { EndKind } from './protocol/list-offsets.ts'
import { committedRecords } from './protocol/record-batches.ts'
import { isolateClusters } from './protocol/topic-metadata.ts'
import type { TransactionVersion } from './protocol/transactions.ts'
import { TopicNames } from './topic-names.ts'

export interface KafkaOptions extends KafkaConnection {
  /** Names the application, and so the group of its positions and its transactions. */
  readonly app: string
  /** Translates schema ids where a registry assigns them; otherwise ids are the schemas' own. */
  readonly schemaIds?: SchemaIds
  /** Reads the Avro of topics that are not ours. Without it they can't be read. */
  readonly foreignSchemas?: ForeignSchemas
  /** How long the broker keeps a transaction open. One that nobody ends delays all readers for so long. */
  readonly transactionTimeoutMs?: number
  /** For tests: the protocol version of transactions, whatever the cluster has agreed on. */
  readonly transactionVersion?: TransactionVersion
  /** Only for tests which prove that such damage is found. No command sets it. */
  readonly sabotage?: Sabotage
}

/** Rules of docs/protocol.md, "Exactly once", that a test leaves out. Each of these loses or doubles records. */
export interface Sabotage {
  /** Acquiring a task does not fence its previous owner, because each process has its own transactional ids. */
  readonly withoutFence?: boolean
  /** The position is committed separately, before the outputs. */
  readonly positionsApart?: boolean
  /** kafkajs's own filter decides which records are committed. */
  readonly kafkajsFilter?: boolean
}

const writingConnections = 4
/** Nobody asks when a changelog was written, and a broker refuses times that are far ahead of its own clock. */
const noTimestamp = -1

/** The producer and position of an acquired task, until another process acquires it. */
interface Owner {
  readonly ownership: Ownership
  readonly producer: TransactionalProducer
  position: number
}

/** Opens the log on Apache Kafka, with exactly-once guarantees (docs/protocol.md): reads see committed records only, and each commit is one transaction. */
export async function openKafkaLog(options: KafkaOptions): Promise<KafkaLog> {
  const log = new KafkaLog(options)
  try {
    await log.open()
    return log
  } catch (error) {
    await log.close()
    throw brokerError('the brokers can not be reached', error)
  }
}

/** A log on a cluster; `openKafkaLog` opens one. */
export class KafkaLog implements Log {
  readonly #options: KafkaOptions
  readonly #names: TopicNames
  /** Connections for writing, which the tasks share. A broker handles the requests of one connection one after the other. */
  readonly #writing: readonly Connections[]
  /** The connection for short requests; one of those for writing. */
  readonly #connections: Connections
  readonly #fetcher: Fetcher
  readonly #topics: KafkaTopics
  readonly #owners = new Map<string, Owner>()
  /** For each partition, the offset after this process's last write, so that it reads its own writes. */
  readonly #written = new Map<string, number>()
  /** Runs the requests of each task one after the other. */
  readonly #queues = new SerialQueues()
  readonly #appenderId = `append.${randomUUID()}`
  #appender: TransactionalProducer | null = null
  #fenced = 0
  readonly #over = new AbortController()

  constructor(options: KafkaOptions) {
    this.#options = options
    this.#names = new TopicNames(options)
    const kafka: Kafka = kafkaClient(options, this.#over.signal)
    this.#writing = Array.from({ length: writingConnections }, () => connectionsOf(kafka))
    this.#connections = this.#writing[0]!
    const reading = connectionsOf(kafka)
    const admin = isolateClusters(kafkaClient(options, this.#over.signal)).admin()
    this.#topics = new KafkaTopics(admin, this.#names, [this.#connections, ...this.#writing.slice(1), reading])
    const { kafkajsFilter = false } = options.sabotage ?? {}
    this.#fetcher = new Fetcher(reading, kafkajsFilter ? committedByKafkajs : committedRecords)
  }

  async open(): Promise<void> {
    await this.#topics.open()
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    await this.#topics.createTopic(topic, partitions)
  }

  topics(): ReadonlyMap<string, number> {
    return this.#topics.logs
  }

  async end(topic: string, partition: number): Promise<number> {
    this.#topics.check(topic, partition)
    const written = this.#written.get(`${this.#names.onBroker(topic)}/${partition}`) ?? 0
    for (let tries = 0; ; tries++) {
      const end = await this.#topics.endOf(topic, partition)
      if (end >= written || tries >= 100) return end
      await delay(Math.min(50, 2 ** tries))
    }
  }

  async start(topic: string, partition: number): Promise<number> {
    this.#topics.check(topic, partition)
    return this.#topics.startOf(topic, partition)
  }

  async read(topic: string, partition: number, from: number, limit: number): Promise<LogRecord[]> {
    this.#topics.check(topic, partition)
    checkOffset(`${topic}/${partition}`, from)
    const { records } = await this.#fetch(topic, partition, from, limit)
    const { schemaIds, foreignSchemas } = this.#options
    if (foreignSchemas && this.#names.isForeign(topic)) return foreignRecords(foreignSchemas, topic, partition, records)
    const found = records.map(recordOf)
    return schemaIds ? knownRecords(schemaIds, topic, partition, found) : found
  }

  async append(outputs: readonly OutputRecord[]): Promise<void> {
    // A transaction without a partition can't be ended, because the broker does not know it.
    if (outputs.length === 0) return
    const parts = this.#partsOf(outputs)
    await this.#queues.run('append', async () => {
      try {
        this.#appender ??= await this.#fence(this.#appenderId)
        const ends = await this.#appender.send(parts, null)
        await this.#appender.end(true)
        this.#noteEnds(ends)
      } catch (error) {
        await this.#topics.refreshMetadata()
        // Its open transaction would delay all readers, so it is fenced now and not at the next append.
        this.#appender = await this.#fence(this.#appenderId).catch(() => null)
        throw brokerError('records can not be appended', error)
      }
    })
  }

  async acquire(task: TaskId): Promise<Ownership> {
    this.#topics.check(task.topic, task.partition)
    const name = taskName(task)
    this.#owners.delete(name)
    return this.#queues.run(name, async () => {
      try {
        await this.#topics.ensureChangelog(task)
        const ownId = this.#options.sabotage?.withoutFence ? [this.#appenderId] : []
        const producer = await this.#fence([task.subTopology, task.topic, task.partition, ...ownId].join('.'))
        // Read only after the fence, because the previous owner can no longer change it now.
        const ownership = await this.#committed(task)
        const { position } = ownership
        this.#owners.set(name, { ownership, producer, position: position ?? 0 })
        return ownership
      } catch (error) {
        await this.#topics.refreshMetadata()
        throw brokerError(`${name} can not be taken over`, error)
      }
    })
  }

  /** Returns what a task has committed, without taking it over; null if it has no changelog yet. */
  async committed(task: TaskId): Promise<Ownership | null> {
    this.#topics.check(task.topic, task.partition)
    try {
      const partitions = await this.#topics.changelogPartitions(changelogOf(task))
      return task.partition < partitions ? await this.#committed(task) : null
    } catch (error) {
      throw brokerError(`what ${taskName(task)} has committed can not be asked for`, error)
    }
  }

  async commit(commits: readonly Commit[]): Promise<readonly Committed[]> {
    const committed: Committed[] = []
    for (const commit of commits)
      committed.push(await this.#queues.run(taskName(commit.owner.task), () => this.#commitOne(commit)))
    return committed
  }

  /** Commits a position that a person has chosen. It may lie before the committed one. */
  async moveTo(owner: Ownership, position: number, checkpoint: Uint8Array): Promise<void> {
    const mine = this.#owners.get(taskName(owner.task))
    if (mine) mine.position = 0
    await this.commit([{ owner, position, outputs: [], changelog: [], checkpoint }])
  }

  async changelog(task: TaskId, from: number, limit: number): Promise<{ entries: ChangelogEntry[]; next: number }> {
    this.#topics.check(task.topic, task.partition)
    checkOffset('the changelog', from)
    const name = changelogOf(task)
    if ((await this.#topics.changelogPartitions(name)) === 0) return { entries: [], next: from }
    const { records, next } = await this.#fetch(name, task.partition, from, limit)
    const entries = records.flatMap(({ key, value, unreadable }) => {
      if (unreadable) throw unreadable
      return key === null || key.equals(checkpointKey) ? [] : [{ key: key.toString('utf8'), value }]
    })
    return { entries, next }
  }

  /** Returns the committed positions of the tasks on these partitions, in order; null before the first commit. It fences nobody. */
  async positions(partitions: readonly TopicPartition[]): Promise<(number | null)[]> {
    try {
      return await this.#positionsOf(partitions)
    } catch (error) {
      throw brokerError('positions can not be asked for', error)
    }
  }

  /** Returns the ends of partitions, in order. The error of one partition stands in its place. */
  ends(kind: EndKind, partitions: readonly TopicPartition[]): Promise<(number | ConnectorError)[]> {
    return this.#topics.ends(kind, partitions)
  }

  /** Returns the offset before which all committed records of a partition were read here; null when nobody reads it. */
  readUntil({ topic, partition }: TopicPartition): number | null {
    return this.#fetcher.readUntil(this.#names.onBroker(topic), partition)
  }

  /** Looks for topics that are new or have grown. Those that `mayGrow` are known with their new number of partitions from then on. */
  async notice(mayGrow: ReadonlySet<string>): Promise<readonly GrownTopic[]> {
    try {
      return await this.#topics.notice(mayGrow)
    } catch (error) {
      throw brokerError('topics can not be listed', error)
    }
  }

  async settledPositions(tasks: readonly TaskId[], outputs: readonly string[]): Promise<readonly (number | null)[]> {
    const positions = await this.positions(tasks)
    await this.#topics.settled(outputs)
    return positions
  }

  async close(): Promise<void> {
    this.#owners.clear()
    await this.#queues.settled()
    await this.#fetcher.close()
    await this.#topics.close()
    this.#over.abort()
  }

  /** For tests of what readers see: sends what a commit would write, and leaves its transaction open. */
  async leaveOpen({ owner, outputs, changelog, checkpoint }: Commit): Promise<{ abort(): Promise<void> }> {
    const { producer } = this.#owners.get(taskName(owner.task))!
    await producer.send([...this.#partsOf(outputs), this.#changesOf(owner.task, changelog, checkpoint)], null)
    return { abort: () => producer.end(false) }
  }

  async #committed(task: TaskId): Promise<Ownership> {
    const [position = null] = await this.#positionsOf([task])
    const changelog = changelogOf(task)
    const changelogEnd = await this.#topics.endOf(changelog, task.partition)
    const checkpoint = await lastCheckpoint(
      this.#fetcher,
      this.#names.onBroker(changelog),
      task.partition,
      changelogEnd,
    )
    const topicId = await this.#topics.idOf(task.topic)
    return { task, position, checkpoint, changelogEnd, ...(topicId === null ? {} : { topicId }) }
  }

  #fetch(topic: string, partition: number, from: number, limit: number) {
    const name = this.#names.onBroker(topic)
    return this.#fetcher.read(name, partition, from, limit, this.#written.get(`${name}/${partition}`))
  }

  async #commitOne({ owner, position, outputs, changelog, checkpoint }: Commit): Promise<Committed> {
    const { task } = owner
    const name = taskName(task)
    const mine = this.#owners.get(name)
    if (mine?.ownership !== owner)
      throw new ConnectorError('fenced', `${name} was taken over, or a commit of it failed`)
    if (!Number.isSafeInteger(position) || position < mine.position)
      throw new ConnectorError('bad-commit', `${name} stands at ${mine.position} and can't go to ${position}`)
    const changes = this.#changesOf(task, changelog, checkpoint)
    try {
      const parts = [...this.#partsOf(outputs), changes]
      const place = {
        groupId: this.#options.app,
        topic: this.#names.onBroker(task.topic),
        partition: task.partition,
        position,
      }
      const isApart = this.#options.sabotage?.positionsApart ?? false
      if (isApart) {
        await mine.producer.send([], place)
        await mine.producer.end(true)
      }
      const ends = await mine.producer.send(parts, isApart ? null : place)
      await mine.producer.end(true)
      mine.position = position
      this.#noteEnds(ends)
      return { changelogEnd: ends.get(`${changes.topic}/${changes.partition}`)! }
    } catch (error) {
      if (this.#owners.get(name) !== mine)
        throw new ConnectorError('fenced', `${name} was taken over`, { cause: error })
      // Whether the commit succeeded is unknown; the next acquisition finds out.
      this.#owners.delete(name)
      throw brokerError(`${name} could not commit`, error)
    }
  }

  /** Makes the messages for the changelog. The checkpoint comes last, so that it is found from the end. */
  #changesOf(task: TaskId, changelog: readonly ChangelogEntry[], checkpoint: Uint8Array): PartitionMessages {
    const timestamp = noTimestamp
    const messages = changelog.map(({ key, value }) => ({
      key: Buffer.from(key),
      value: value === null ? null : asBuffer(value),
      timestamp,
    }))
    const last = { key: checkpointKey, value: asBuffer(checkpoint), timestamp }
    return { topic: this.#names.onBroker(changelogOf(task)), partition: task.partition, messages: [...messages, last] }
  }

  #partsOf(outputs: readonly OutputRecord[]): PartitionMessages[] {
    const parts = new Map<string, { topic: string; partition: number; messages: ReturnType<typeof messageOf>[] }>()
    for (const output of outputs) {
      const { topic, partition } = output
      this.#topics.check(topic, partition)
      if (this.#names.isForeign(topic))
        throw new ConnectorError('foreign-topic', `'${topic}' is not a topic of JOAI's: nothing is written there`)
      const name = `${topic}/${partition}`
      const part = parts.get(name) ?? { topic: this.#names.onBroker(topic), partition, messages: [] }
      parts.set(name, part)
      const value = this.#options.schemaIds?.outgoing(topic, output.value) ?? output.value
      part.messages.push(messageOf({ ...output, value }))
    }
    return [...parts.values()]
  }

  #positionsOf(partitions: readonly TopicPartition[]): Promise<(number | null)[]> {
    return committedPositions(this.#connections, { groupId: this.#options.app, names: this.#names }, partitions)
  }

  #noteEnds(ends: ReadonlyMap<string, number>): void {
    for (const [name, end] of ends) this.#written.set(name, end)
  }

  #fence(id: string): Promise<TransactionalProducer> {
    const { app, transactionTimeoutMs = 30_000, transactionVersion: version } = this.#options
    const connections = this.#writing[this.#fenced++ % this.#writing.length]!
    return TransactionalProducer.fence(connections, `${app}.${id}`, { transactionTimeoutMs, version })
  }
}

function checkOffset(log: string, from: number): void {
  if (!Number.isSafeInteger(from) || from < 0) throw new ConnectorError('out-of-range', `${log} has no offset ${from}`)
}
