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
import type { SchemaIds } from '../registry/schema-ids.ts'
import { Fetcher } from './fetcher.ts'
import { type KafkaConnection, kafkaClient } from './kafka-client.ts'
import { messageOf, recordOf } from './kafka-records.ts'
import { changelogOf, KafkaTopics } from './kafka-topics.ts'
import { committedByKafkajs } from './kafkajs-filter.ts'
import { knownRecords } from './known-records.ts'
import { brokerError, type PartitionMessages, TransactionalProducer } from './producer.ts'
import { type Connections, connectionsOf } from './protocol/kafkajs-internals.ts'
import { committedRecords } from './protocol/record-batches.ts'
import type { TransactionVersion } from './protocol/transactions.ts'
import { headKey, headOf, positionsOf } from './standing.ts'

export interface KafkaOptions extends KafkaConnection {
  /** Names the application: the group of its positions, and its transactions. */
  readonly app: string
  /** Translates the ids of schemas where a registry gives them; else they are our own. */
  readonly schemaIds?: SchemaIds
  /** How long the broker lets a transaction stay open: what nobody ends holds up all readers for so long. */
  readonly transactionTimeoutMs?: number
  /** For tests: how transactions are told to the broker, whatever its cluster has agreed on. */
  readonly transactionVersion?: TransactionVersion
  /** For tests of the check that finds such damage, and for nothing else: no command gives it. */
  readonly sabotage?: Sabotage
}

/** Rules of docs/protocol.md, "Exactly once", that are left out: each of them loses or doubles records. */
export interface Sabotage {
  /** A takeover does not fence who had the task: each process has transactional ids of its own. */
  readonly withoutFence?: boolean
  /** The position is committed by itself, before the outputs. */
  readonly positionsApart?: boolean
  /** What is committed is told by kafkajs's own filter. */
  readonly kafkajsFilter?: boolean
}

const writingConnections = 4

/** What a task may commit with, until someone else has it. */
interface Owner {
  readonly ownership: Ownership
  readonly producer: TransactionalProducer
  position: number
}

/** The log on Apache Kafka, exactly once (docs/protocol.md): all is read committed, and each commit is one transaction. */
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
  readonly #prefix: string
  /** For writing: tasks share them out. A broker does what one connection asks for one after the other. */
  readonly #writing: readonly Connections[]
  /** For short questions; one of those for writing. */
  readonly #connections: Connections
  readonly #fetcher: Fetcher
  readonly #topics: KafkaTopics
  readonly #owners = new Map<string, Owner>()
  /** For each partition, the offset after what this process has written there: it reads its own writes. */
  readonly #written = new Map<string, number>()
  /** What is under way for a task, one thing after the other. */
  readonly #queues = new SerialQueues()
  readonly #appenderId = `append.${randomUUID()}`
  #appender: TransactionalProducer | null = null
  #fenced = 0
  readonly #over = new AbortController()

  constructor(options: KafkaOptions) {
    this.#options = options
    this.#prefix = options.prefix ?? ''
    const kafka: Kafka = kafkaClient(options, this.#over.signal)
    this.#writing = Array.from({ length: writingConnections }, () => connectionsOf(kafka))
    this.#connections = this.#writing[0]!
    const reading = connectionsOf(kafka)
    this.#topics = new KafkaTopics(kafka.admin(), this.#prefix, [this.#connections, ...this.#writing.slice(1), reading])
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
    const written = this.#written.get(`${this.#prefix}${topic}/${partition}`) ?? 0
    for (let tries = 0; ; tries++) {
      const end = await this.#topics.endOf(topic, partition)
      if (end >= written || tries >= 100) return end
      await delay(Math.min(50, 2 ** tries))
    }
  }

  async read(topic: string, partition: number, from: number, limit: number): Promise<LogRecord[]> {
    this.#topics.check(topic, partition)
    checkOffset(`${topic}/${partition}`, from)
    const { records } = await this.#fetch(topic, partition, from, limit)
    const { schemaIds } = this.#options
    const found = records.map(recordOf)
    return schemaIds ? knownRecords(schemaIds, topic, partition, found) : found
  }

  async append(outputs: readonly OutputRecord[]): Promise<void> {
    // A transaction without a partition can't be ended: the broker knows of none.
    if (outputs.length === 0) return
    const parts = this.#partsOf(outputs)
    await this.#queues.run('append', async () => {
      try {
        this.#appender ??= await this.#fence(this.#appenderId)
        const ends = await this.#appender.send(parts, null)
        await this.#appender.end(true)
        this.#note(ends)
      } catch (error) {
        await this.#topics.lookAgain()
        // What it left open would hold up all readers: fenced now, not when someone next appends.
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
        await this.#topics.bringChangelog(task)
        const alone = this.#options.sabotage?.withoutFence ? [this.#appenderId] : []
        const producer = await this.#fence([task.subTopology, task.topic, task.partition, ...alone].join('.'))
        // Only now: whoever had the task can no longer move it.
        const [position = null] = await this.#positionsOf([task])
        const changelog = changelogOf(task)
        const changelogEnd = await this.#topics.endOf(changelog, task.partition)
        const head = await headOf(this.#fetcher, this.#prefix + changelog, task.partition, changelogEnd)
        const ownership = { task, position, checkpoint: head, changelogEnd }
        this.#owners.set(name, { ownership, producer, position: position ?? 0 })
        return ownership
      } catch (error) {
        await this.#topics.lookAgain()
        throw brokerError(`${name} can not be taken over`, error)
      }
    })
  }

  async commit(commits: readonly Commit[]): Promise<readonly Committed[]> {
    const committed: Committed[] = []
    for (const commit of commits)
      committed.push(await this.#queues.run(taskName(commit.owner.task), () => this.#commitOne(commit)))
    return committed
  }

  async changelog(task: TaskId, from: number, limit: number): Promise<{ entries: ChangelogEntry[]; next: number }> {
    this.#topics.check(task.topic, task.partition)
    checkOffset('the changelog', from)
    const name = changelogOf(task)
    if (!(await this.#topics.hasChangelog(name))) return { entries: [], next: from }
    const { records, next } = await this.#fetch(name, task.partition, from, limit)
    const entries = records.flatMap(({ key, value, unreadable }) => {
      if (unreadable) throw unreadable
      return key === null || key.equals(headKey) ? [] : [{ key: key.toString('utf8'), value }]
    })
    return { entries, next }
  }

  /** Where the tasks on these partitions stand, in the same order; null before the first commit. Nobody is fenced by it. */
  async positions(partitions: readonly TopicPartition[]): Promise<(number | null)[]> {
    try {
      return await this.#positionsOf(partitions)
    } catch (error) {
      throw brokerError('positions can not be asked for', error)
    }
  }

  async close(): Promise<void> {
    this.#owners.clear()
    await this.#queues.settled()
    await this.#fetcher.close()
    await this.#topics.close()
    this.#over.abort()
  }

  /** For tests of what readers see: what a commit would write is on the broker, and its transaction stays open. */
  async leaveOpen({ owner, outputs, changelog, checkpoint: head }: Commit): Promise<{ abort(): Promise<void> }> {
    const { producer } = this.#owners.get(taskName(owner.task))!
    await producer.send([...this.#partsOf(outputs), this.#changesOf(owner.task, changelog, head)], null)
    return { abort: () => producer.end(false) }
  }

  #fetch(topic: string, partition: number, from: number, limit: number) {
    const name = this.#prefix + topic
    return this.#fetcher.read(name, partition, from, limit, this.#written.get(`${name}/${partition}`))
  }

  async #commitOne({ owner, position, outputs, changelog, checkpoint: head }: Commit): Promise<Committed> {
    const { task } = owner
    const name = taskName(task)
    const mine = this.#owners.get(name)
    if (mine?.ownership !== owner)
      throw new ConnectorError('fenced', `${name} was taken over, or a commit of it failed`)
    if (!Number.isSafeInteger(position) || position < mine.position)
      throw new ConnectorError('bad-commit', `${name} stands at ${mine.position} and can't go to ${position}`)
    const changes = this.#changesOf(task, changelog, head)
    try {
      const parts = [...this.#partsOf(outputs), changes]
      const place = {
        groupId: this.#options.app,
        topic: this.#prefix + task.topic,
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
      this.#note(ends)
      return { changelogEnd: ends.get(`${changes.topic}/${changes.partition}`)! }
    } catch (error) {
      if (this.#owners.get(name) !== mine)
        throw new ConnectorError('fenced', `${name} was taken over`, { cause: error })
      // Whether it landed is not known: the next takeover tells.
      this.#owners.delete(name)
      throw brokerError(`${name} could not commit`, error)
    }
  }

  /** The head stands last, so that it is found from the end. */
  #changesOf(task: TaskId, changelog: readonly ChangelogEntry[], head: Uint8Array): PartitionMessages {
    const timestamp = Date.now()
    const messages = changelog.map(({ key, value }) => ({
      key: Buffer.from(key),
      value: value === null ? null : asBuffer(value),
      timestamp,
    }))
    const last = { key: headKey, value: asBuffer(head), timestamp }
    return { topic: this.#prefix + changelogOf(task), partition: task.partition, messages: [...messages, last] }
  }

  #partsOf(outputs: readonly OutputRecord[]): PartitionMessages[] {
    const parts = new Map<string, { topic: string; partition: number; messages: ReturnType<typeof messageOf>[] }>()
    for (const output of outputs) {
      const { topic, partition } = output
      this.#topics.check(topic, partition)
      const name = `${topic}/${partition}`
      const part = parts.get(name) ?? { topic: this.#prefix + topic, partition, messages: [] }
      parts.set(name, part)
      const value = this.#options.schemaIds?.outgoing(topic, output.value) ?? output.value
      part.messages.push(messageOf({ ...output, value }))
    }
    return [...parts.values()]
  }

  #positionsOf(partitions: readonly TopicPartition[]): Promise<(number | null)[]> {
    return positionsOf(this.#connections, { groupId: this.#options.app, prefix: this.#prefix }, partitions)
  }

  #note(ends: ReadonlyMap<string, number>): void {
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
