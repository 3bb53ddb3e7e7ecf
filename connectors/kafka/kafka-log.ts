import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Admin, Kafka } from 'kafkajs'
import {
  type ChangelogEntry,
  type Commit,
  type Committed,
  ConnectorError,
  type Log,
  type LogRecord,
  type Output,
  type Ownership,
  type TaskId,
  type TopicPartition,
  taskName,
} from '../../topology/ports.ts'
import type { SchemaIds } from '../registry/schema-ids.ts'
import { Fetcher } from './fetcher.ts'
import { type Connections, connectionsOf, coordinatorOf } from './internals.ts'
import { type KafkaConnection, kafkaAttempt, kafkaClient } from './kafka-client.ts'
import { asBuffer, messageOf, recordOf } from './kafka-records.ts'
import { committedByKafkajs } from './kafkajs-filter.ts'
import { brokerError, type PartitionMessages, TransactionalProducer, whenDecided } from './producer.ts'
import { committedRecords, type KafkaRecord } from './record-batches.ts'

export interface KafkaOptions extends KafkaConnection {
  /** Names the application: the group of its positions, and its transactions. */
  readonly app: string
  /** Translates the ids of schemas where a registry gives them; else they are our own. */
  readonly schemaIds?: SchemaIds
  /** How long the broker lets a transaction stay open: what nobody ends holds up all readers for so long. */
  readonly transactionTimeoutMs?: number
  /** For tests of the check that finds such damage, and for nothing else: no command gives it. */
  readonly sabotage?: Sabotage
}

/** Rules of PROTOCOL.md, "Exactly once", that are left out: each of them loses or doubles records. */
export interface Sabotage {
  /** A takeover does not fence who had the task: each process has transactional ids of its own. */
  readonly withoutFence?: boolean
  /** The position is committed by itself, before the outputs. */
  readonly positionsApart?: boolean
  /** What is committed is told by kafkajs's own filter. */
  readonly kafkajsFilter?: boolean
}

/** The key of the head in a changelog; no row has it. */
const headKey = Buffer.from('\u0000head')
const changelogEnding = '-changelog'
const writingConnections = 4

/** What a task may commit with, until someone else has it. */
interface Owner {
  readonly ownership: Ownership
  readonly producer: TransactionalProducer
  position: number
}

/** The log on Apache Kafka, exactly once (PROTOCOL.md): all is read committed, and each commit is one transaction. */
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
  readonly #admin: Admin
  /** For writing: tasks share them out. A broker does what one connection asks for one after the other. */
  readonly #writing: readonly Connections[]
  /** For short questions; one of those for writing. */
  readonly #connections: Connections
  /** For fetches alone, which wait. */
  readonly #reading: Connections
  readonly #fetcher: Fetcher
  readonly #topics = new Map<string, number>()
  readonly #changelogs = new Map<string, number>()
  readonly #owners = new Map<string, Owner>()
  /** For each partition, the offset after what this process has written there: it reads its own writes. */
  readonly #written = new Map<string, number>()
  /** What is under way for a task, one thing after the other. */
  readonly #turns = new Map<string, Promise<unknown>>()
  readonly #appenderId = `append.${randomUUID()}`
  #appender: TransactionalProducer | null = null
  #fenced = 0

  constructor(options: KafkaOptions) {
    this.#options = options
    this.#prefix = options.prefix ?? ''
    const kafka: Kafka = kafkaClient(options)
    this.#admin = kafka.admin()
    this.#writing = Array.from({ length: writingConnections }, () => connectionsOf(kafka))
    this.#connections = this.#writing[0]!
    this.#reading = connectionsOf(kafka)
    const { kafkajsFilter = false } = options.sabotage ?? {}
    this.#fetcher = new Fetcher(this.#reading, kafkajsFilter ? committedByKafkajs : committedRecords)
  }

  async open(): Promise<void> {
    await Promise.all([this.#admin, ...this.#writing, this.#reading].map(one => one.connect()))
    const { topics } = await this.#admin.fetchTopicMetadata()
    for (const { name, partitions } of topics) this.#know(name, partitions.length)
    await this.#target([...this.#topics.keys(), ...this.#changelogs.keys()])
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    const known = this.#topics.get(topic)
    if (known === partitions) return
    if (known !== undefined)
      throw new ConnectorError(
        'partitions-fixed',
        `topic '${topic}' has ${known} partitions, not ${partitions}: their number never changes`,
      )
    await this.#create(topic, partitions, [])
  }

  topics(): ReadonlyMap<string, number> {
    return this.#topics
  }

  async end(topic: string, partition: number): Promise<number> {
    this.#check(topic, partition)
    const written = this.#written.get(`${this.#prefix}${topic}/${partition}`) ?? 0
    for (let tries = 0; ; tries++) {
      const end = await this.#endOf(topic, partition)
      if (end >= written || tries >= 100) return end
      await delay(Math.min(50, 2 ** tries))
    }
  }

  async read(topic: string, partition: number, from: number, limit: number): Promise<LogRecord[]> {
    this.#check(topic, partition)
    checkOffset(`${topic}/${partition}`, from)
    const { records } = await this.#fetch(topic, partition, from, limit)
    return this.#known(topic, partition, records.map(recordOf))
  }

  async append(outputs: readonly Output[]): Promise<void> {
    const parts = this.#partsOf(outputs)
    await this.#inTurn('append', async () => {
      try {
        this.#appender ??= await this.#fence(this.#appenderId)
        const ends = await this.#appender.send(parts, null)
        await this.#appender.end(true)
        this.#note(ends)
      } catch (error) {
        await this.#lookAgain()
        // What it left open would hold up all readers: fenced now, not when someone next appends.
        this.#appender = await this.#fence(this.#appenderId).catch(() => null)
        throw brokerError('records can not be appended', error)
      }
    })
  }

  async takeOver(task: TaskId): Promise<Ownership> {
    this.#check(task.topic, task.partition)
    const name = taskName(task)
    this.#owners.delete(name)
    return this.#inTurn(name, async () => {
      try {
        await this.#bringChangelog(task)
        const alone = this.#options.sabotage?.withoutFence ? [this.#appenderId] : []
        const producer = await this.#fence([task.subTopology, task.topic, task.partition, ...alone].join('.'))
        // Only now: whoever had the task can no longer move it.
        const [position = null] = await this.#positionsOf([task])
        const { head, end: changelogEnd } = await this.#headOf(task)
        const ownership = { task, position, head, changelogEnd }
        this.#owners.set(name, { ownership, producer, position: position ?? 0 })
        return ownership
      } catch (error) {
        await this.#lookAgain()
        throw brokerError(`${name} can not be taken over`, error)
      }
    })
  }

  /** Who leads a partition may have changed. */
  async #lookAgain(): Promise<void> {
    await this.#connections.refreshMetadata().catch(() => undefined)
  }

  async commit(commits: readonly Commit[]): Promise<readonly Committed[]> {
    const committed: Committed[] = []
    for (const commit of commits)
      committed.push(await this.#inTurn(taskName(commit.owner.task), () => this.#commitOne(commit)))
    return committed
  }

  async changelog(task: TaskId, from: number, limit: number): Promise<{ entries: ChangelogEntry[]; next: number }> {
    this.#check(task.topic, task.partition)
    checkOffset('the changelog', from)
    const name = changelogOf(task)
    if (!(await this.#hasChangelog(name))) return { entries: [], next: from }
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
    await Promise.allSettled(this.#turns.values())
    await this.#fetcher.close()
    await Promise.allSettled([this.#admin, ...this.#writing, this.#reading].map(one => one.disconnect()))
  }

  /** For tests of what readers see: what a commit would write is on the broker, and its transaction stays open. */
  async leaveOpen({ owner, outputs, changelog, head }: Commit): Promise<{ abort(): Promise<void> }> {
    const { producer } = this.#owners.get(taskName(owner.task))!
    await producer.send([...this.#partsOf(outputs), this.#changesOf(owner.task, changelog, head)], null)
    return { abort: () => producer.end(false) }
  }

  #fetch(topic: string, partition: number, from: number, limit: number) {
    const name = this.#prefix + topic
    return this.#fetcher.read(name, partition, from, limit, this.#written.get(`${name}/${partition}`))
  }

  async #commitOne({ owner, position, outputs, changelog, head }: Commit): Promise<Committed> {
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
    const timestamp = String(Date.now())
    const messages = changelog.map(({ key, value }) => ({
      key: Buffer.from(key),
      value: value === null ? null : asBuffer(value),
      timestamp,
    }))
    const last = { key: headKey, value: asBuffer(head), timestamp }
    return { topic: this.#prefix + changelogOf(task), partition: task.partition, messages: [...messages, last] }
  }

  #partsOf(outputs: readonly Output[]): PartitionMessages[] {
    const parts = new Map<string, { topic: string; partition: number; messages: ReturnType<typeof messageOf>[] }>()
    for (const output of outputs) {
      const { topic, partition } = output
      this.#check(topic, partition)
      const name = `${topic}/${partition}`
      const part = parts.get(name) ?? { topic: this.#prefix + topic, partition, messages: [] }
      parts.set(name, part)
      const value = this.#options.schemaIds?.outgoing(topic, output.value) ?? output.value
      part.messages.push(messageOf({ ...output, value }))
    }
    return [...parts.values()]
  }

  /** Records as the program knows their schemas: those before the first whose schema can't be had, or the reason why. */
  async #known(topic: string, partition: number, records: LogRecord[]): Promise<LogRecord[]> {
    const { schemaIds } = this.#options
    if (!schemaIds) return records
    try {
      await schemaIds.prepare(
        topic,
        records.map(({ value }) => value),
      )
    } catch (error) {
      const before = await this.#knownBefore(schemaIds, topic, partition, records, error)
      return this.#known(topic, partition, before)
    }
    return records.map(record => ({ ...record, value: schemaIds.incoming(topic, record.value) }))
  }

  /** The records before the first whose schema can't be had; where it is the first of all, the reason and its place. */
  async #knownBefore(ids: SchemaIds, topic: string, partition: number, records: LogRecord[], reason: unknown) {
    for (const [index, { offset, value }] of records.entries())
      try {
        await ids.prepare(topic, [value])
      } catch (error) {
        if (index > 0) return records.slice(0, index)
        if (!(error instanceof ConnectorError)) throw error
        const { code, message, retryable } = error
        throw new ConnectorError(code, `${message} (${topic}/${partition}, offset ${offset})`, {
          retryable,
          cause: error,
        })
      }
    // What was asked for the first time has come the second time.
    if (reason instanceof ConnectorError) return records
    throw reason
  }

  #note(ends: ReadonlyMap<string, number>): void {
    for (const [name, end] of ends) this.#written.set(name, end)
  }

  #fence(id: string): Promise<TransactionalProducer> {
    const { app, transactionTimeoutMs = 30_000 } = this.#options
    const connections = this.#writing[this.#fenced++ % this.#writing.length]!
    return TransactionalProducer.fence(connections, `${app}.${id}`, { transactionTimeoutMs })
  }

  async #positionsOf(partitions: readonly TopicPartition[]): Promise<(number | null)[]> {
    const { app: groupId } = this.#options
    const topics = [...new Set(partitions.map(({ topic }) => topic))].map(topic => ({
      topic: this.#prefix + topic,
      partitions: partitions.filter(one => one.topic === topic).map(({ partition }) => ({ partition })),
    }))
    const { responses } = await whenDecided(async () => {
      const group = await this.#connections.findGroupCoordinator({ groupId, coordinatorType: coordinatorOf.group })
      return group.offsetFetch({ groupId, topics })
    })
    const offsets = new Map(
      responses.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)] as const),
      ),
    )
    return partitions.map(({ topic, partition }) => {
      const offset = offsets.get(`${this.#prefix}${topic}/${partition}`)!
      return offset < 0 ? null : offset
    })
  }

  /** The last committed head: from the end backwards, ever further, since what was aborted may stand behind it. */
  async #headOf(task: TaskId): Promise<{ readonly head: Uint8Array | null; readonly end: number }> {
    const topic = changelogOf(task)
    const end = await this.#endOf(topic, task.partition)
    for (let span = 16; ; span *= 8) {
      const from = Math.max(0, end - span)
      const head = await this.#lastHead(this.#prefix + topic, task.partition, from, end)
      if (head !== null || from === 0) return { head, end }
    }
  }

  async #lastHead(topic: string, partition: number, from: number, end: number): Promise<Uint8Array | null> {
    let head: Buffer | null = null
    for (let at = from; at < end; ) {
      const { records, next } = await this.#fetcher.read(topic, partition, at, 10_000)
      for (const { unreadable } of records) if (unreadable) throw unreadable
      head = records.findLast(isHead)?.value ?? head
      if (next === at) break
      at = next
    }
    return head
  }

  async #endOf(topic: string, partition: number): Promise<number> {
    try {
      const name = this.#prefix + topic
      const leader = this.#connections
        .findTopicPartitionMetadata(name)
        .find(one => one.partitionId === partition)!.leader
      const broker = await this.#connections.findBroker({ nodeId: leader })
      const topics = [{ topic: name, partitions: [{ partition, timestamp: -1 }] }]
      const { responses } = await broker.listOffsets({ isolationLevel: 1, topics })
      return Number(responses[0]!.partitions[0]!.offset)
    } catch (error) {
      throw brokerError(`the end of ${topic}/${partition} can not be asked for`, error)
    }
  }

  async #bringChangelog(task: TaskId): Promise<void> {
    const name = changelogOf(task)
    if (this.#changelogs.has(name)) return
    await this.#create(name, this.#topics.get(task.topic)!, [{ name: 'cleanup.policy', value: 'compact' }])
  }

  async #create(topic: string, partitions: number, configEntries: { name: string; value: string }[]): Promise<void> {
    const name = this.#prefix + topic
    try {
      // Records of history are older than any retention from the moment that they are written.
      const usual = { 'max.message.bytes': String(8 << 20), 'retention.ms': '-1' }
      const settings = [...configEntries, ...Object.entries(usual).map(([name, value]) => ({ name, value }))]
      const topics = [{ topic: name, numPartitions: partitions, configEntries: settings }]
      await this.#admin.createTopics({ waitForLeaders: false, topics })
      const count = await patiently(() => this.#whenThere(topic))
      this.#know(name, count)
    } catch (error) {
      throw brokerError(`topic '${topic}' can not be created`, error)
    }
  }

  /** Another process may have made it since this log was opened. */
  async #hasChangelog(name: string): Promise<boolean> {
    if (this.#changelogs.has(name)) return true
    const there = await kafkaAttempt('broker-failed', "topics can't be listed", () => this.#admin.listTopics())
    if (!there.includes(this.#prefix + name)) return false
    this.#know(this.#prefix + name, await this.#whenThere(name))
    return true
  }

  /** A topic that was just made is not there for everyone at once. */
  async #whenThere(topic: string): Promise<number> {
    await this.#target([topic])
    const partitions = this.#connections.findTopicPartitionMetadata(this.#prefix + topic)
    for (const { partitionId } of partitions) await this.#endOf(topic, partitionId)
    return partitions.length
  }

  #know(name: string, partitions: number): void {
    if (!name.startsWith(this.#prefix) || name.startsWith('__')) return
    const topic = name.slice(this.#prefix.length)
    const kind = topic.endsWith(changelogEnding) ? this.#changelogs : this.#topics
    kind.set(topic, partitions)
  }

  async #target(topics: readonly string[]): Promise<void> {
    const names = topics.map(topic => this.#prefix + topic)
    for (const connections of [...this.#writing, this.#reading]) {
      await connections.addMultipleTargetTopics(names)
      await connections.refreshMetadata()
    }
  }

  #check(topic: string, partition: number): void {
    const partitions = this.#topics.get(topic)
    if (partitions === undefined) throw new ConnectorError('unknown-topic', `there is no topic '${topic}'`)
    if (!(partition >= 0 && partition < partitions))
      throw new ConnectorError('unknown-partition', `topic '${topic}' has no partition ${partition}`)
  }

  #inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#turns.get(name) ?? Promise.resolve()).catch(() => undefined).then(work)
    this.#turns.set(name, done)
    done.catch(() => undefined)
    return done
  }
}

/** The topic that keeps the rows and heads of a sub-topology's tasks on one log, and has as many partitions. */
export const changelogOf = ({ subTopology, topic }: Omit<TaskId, 'partition'>): string =>
  `${subTopology}.${topic}${changelogEnding}`
const isHead = ({ key }: KafkaRecord): boolean => key?.equals(headKey) ?? false

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries >= 50) throw error
      await delay(10 * tries)
    }
  }
}

function checkOffset(log: string, from: number): void {
  if (!Number.isSafeInteger(from) || from < 0) throw new ConnectorError('out-of-range', `${log} has no offset ${from}`)
}
