import { setTimeout as delay } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import { ConnectorError, type TaskId, type TopicPartition } from '../../topology/log/log.ts'
import { kafkaExchange } from './kafka-client.ts'
import { brokerError } from './producer.ts'
import { type Connections, leaderOf } from './protocol/kafkajs-internals.ts'
import { type EndKind, listEnds } from './protocol/list-offsets.ts'
import { protocolError } from './protocol/protocol-error.ts'
import { topicIds } from './protocol/topic-ids.ts'
import type { TopicNames } from './topic-names.ts'

const changelogEnding = '-changelog'

/** How long open transactions are waited for: longer than the broker leaves those of a dead worker open. */
const settleMs = 45_000

/** Names the topic that holds the rows and checkpoints of a sub-topology's tasks on one log. It has as many partitions as that log. */
export const changelogOf = ({ subTopology, topic }: Omit<TaskId, 'partition'>): string =>
  `${subTopology}.${topic}${changelogEnding}`

/** A topic that has more partitions than were known; before 0 where it was not known at all. */
export interface GrownTopic {
  readonly topic: string
  readonly before: number
  readonly now: number
}

/** The topics of a log on a cluster. It knows which exist, and creates changelogs when tasks first need them. */
export class KafkaTopics {
  /** The number of partitions of each topic, changelogs excepted. */
  readonly logs = new Map<string, number>()
  readonly #changelogs = new Map<string, number>()
  readonly #admin: Admin
  readonly #names: TopicNames
  readonly #connections: readonly [Connections, ...Connections[]]

  /** All connections must know all topics; requests go to the first. */
  constructor(admin: Admin, names: TopicNames, connections: readonly [Connections, ...Connections[]]) {
    this.#admin = admin
    this.#names = names
    this.#connections = connections
  }

  async open(): Promise<void> {
    // Waits for all of them before it fails, because a pending attempt would connect after `close`.
    const connected = await Promise.allSettled([this.#admin, ...this.#connections].map(one => one.connect()))
    for (const one of connected) if (one.status === 'rejected') throw one.reason
    const { topics } = await this.#admin.fetchTopicMetadata()
    for (const { name, partitions } of topics) this.#noteTopic(name, partitions.length)
    await this.#target([...this.logs.keys(), ...this.#changelogs.keys()])
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#admin, ...this.#connections].map(one => one.disconnect()))
  }

  /** Creates a topic of keyed records. Throws `partitions-fixed`. */
  async createTopic(topic: string, partitions: number): Promise<void> {
    const known = this.logs.get(topic)
    if (known === partitions) return
    if (known !== undefined)
      throw new ConnectorError(
        'partitions-fixed',
        `topic '${topic}' has ${known} partitions, not ${partitions}: their number never changes`,
      )
    await this.#create(topic, partitions, [])
  }

  /** Throws `unknown-topic` and `unknown-partition`. */
  check(topic: string, partition: number): void {
    const partitions = this.logs.get(topic)
    if (partitions === undefined) throw new ConnectorError('unknown-topic', `there is no topic '${topic}'`)
    if (!(partition >= 0 && partition < partitions))
      throw new ConnectorError('unknown-partition', `topic '${topic}' has no partition ${partition}`)
  }

  /** Returns the offset after the last record of a decided transaction, in a log or a changelog. */
  async endOf(topic: string, partition: number): Promise<number> {
    const [end] = await this.ends('decided', [{ topic, partition }])
    if (end instanceof ConnectorError) throw end
    return end!
  }

  /** Returns the first offset that a partition still holds. */
  async startOf(topic: string, partition: number): Promise<number> {
    const [start] = await this.ends('start', [{ topic, partition }])
    if (start instanceof ConnectorError) throw start
    return start!
  }

  /** Returns the id that the cluster gave a topic when it was created; null where brokers have no ids. */
  async idOf(topic: string): Promise<string | null> {
    const name = this.#names.onBroker(topic)
    const [connections] = this.#connections
    try {
      const nodeId = leaderOf(connections, { topic: name, partition: 0 })
      if (nodeId === null) throw new ConnectorError('broker-failed', 'it has no leader', { retryable: true })
      return (await topicIds(await connections.findBroker({ nodeId }), [name])).get(name) ?? null
    } catch (error) {
      throw brokerError(`the id of '${topic}' can not be asked for`, error)
    }
  }

  /** Returns the ends of partitions, in order. The error of one partition stands in its place. */
  async ends(kind: EndKind, partitions: readonly TopicPartition[]): Promise<(number | ConnectorError)[]> {
    const [connections] = this.#connections
    const named = partitions.map(({ topic, partition }) => ({ topic: this.#names.onBroker(topic), partition }))
    const byLeader = new Map<number, TopicPartition[]>()
    for (const one of named) {
      const leader = leaderOf(connections, one) ?? -1
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), one])
    }
    const found = new Map<string, number | ConnectorError>()
    await Promise.all(
      Array.from(byLeader, async ([nodeId, asked]) => {
        for (const [name, end] of await endsAt(connections, nodeId, kind, asked)) found.set(name, end)
      }),
    )
    return named.map(one => found.get(nameOf(one)) ?? endError(one, new Error('the broker does not answer for it')))
  }

  /**
   * Waits until all that has been written to these topics can be read: a broker ends a transaction in one partition before
   * another. Throws `log-unsettled` where a transaction stays open.
   */
  async settled(topics: readonly string[]): Promise<void> {
    const all = topics.flatMap(topic =>
      Array.from({ length: this.logs.get(topic) ?? 0 }, (_, partition) => ({ topic, partition })),
    )
    const written = await this.ends('written', all)
    for (const until = performance.now() + settleMs; ; await delay(20)) {
      const decided = await this.ends('decided', all)
      for (const end of [...written, ...decided]) if (end instanceof ConnectorError) throw end
      const open = all.find((_, i) => decided[i]! < written[i]!)
      if (open === undefined) return
      if (performance.now() <= until) continue
      const message = `a transaction on ${nameOf(open)} has not ended: ask again`
      throw new ConnectorError('log-unsettled', message, { retryable: true })
    }
  }

  /** Fetches the metadata again, because the leaders of partitions may have changed. */
  async refreshMetadata(): Promise<void> {
    await Promise.allSettled(this.#connections.map(one => one.refreshMetadata()))
  }

  /** Looks for topics that are new or have grown. Those that `mayGrow` get their new number of partitions. */
  async notice(mayGrow: ReadonlySet<string>): Promise<GrownTopic[]> {
    const { topics } = await this.#admin.fetchTopicMetadata()
    const grown = topics.flatMap(({ name, partitions: { length: now } }) => {
      const topic = this.#logNamed(name)
      const before = topic === null ? 0 : (this.logs.get(topic) ?? 0)
      return topic === null || now <= before ? [] : [{ topic, before, now }]
    })
    const followed = grown.filter(({ topic }) => mayGrow.has(topic))
    if (followed.length === 0) return grown
    await this.#target(followed.map(({ topic }) => topic))
    for (const { topic, now } of followed) this.logs.set(topic, now)
    return grown
  }

  /** Creates the changelog of a task, unless it exists. It grows with its log. Throws `partitions-grown`. */
  async ensureChangelog(task: TaskId): Promise<void> {
    const name = changelogOf(task)
    const partitions = this.logs.get(task.topic)!
    const known = this.#changelogs.get(name)
    if (known === undefined) await this.#create(name, partitions, [{ name: 'cleanup.policy', value: 'compact' }])
    else if (known <= task.partition) await this.#growChangelog(name, task, partitions)
  }

  async #growChangelog(name: string, { topic, partition }: TaskId, partitions: number): Promise<void> {
    // `joai apply` or another worker may have done it.
    const there = await this.#whenKnown(name)
    if (there <= partition) {
      const topicPartitions = [{ topic: this.#names.onBroker(name), count: partitions }]
      // Of several workers that try, all but one are refused; the number of partitions is what counts.
      const refusal = await this.#admin.createPartitions({ topicPartitions }).then(
        () => null,
        error => error as Error,
      )
      const count = await withRetries(() => this.#whenKnown(name, refusal ? 0 : partitions))
      if (count <= partition)
        throw new ConnectorError(
          'partitions-grown',
          `topic '${topic}' has grown to ${partitions} partitions, and its changelog '${name}' can not follow (${refusal?.message}); run \`joai apply\``,
          { retryable: true, cause: refusal },
        )
    }
    this.#noteTopic(this.#names.onBroker(name), await this.#whenKnown(name))
  }

  /** Counts the partitions of a changelog; 0 if there is none. Another process may have created it since this log was opened. */
  async changelogPartitions(name: string): Promise<number> {
    const known = this.#changelogs.get(name)
    if (known !== undefined) return known
    const there = await kafkaExchange('broker-failed', "topics can't be listed", () => this.#admin.listTopics())
    if (!there.includes(this.#names.onBroker(name))) return 0
    const partitions = await this.#whenKnown(name)
    this.#noteTopic(this.#names.onBroker(name), partitions)
    return partitions
  }

  async #create(topic: string, partitions: number, configEntries: { name: string; value: string }[]): Promise<void> {
    const name = this.#names.onBroker(topic)
    try {
      // Records of history are older than any retention as soon as they are written.
      const usual = { 'max.message.bytes': String(8 << 20), 'retention.ms': '-1', 'compression.type': 'producer' }
      const settings = [...configEntries, ...Object.entries(usual).map(([name, value]) => ({ name, value }))]
      const topics = [{ topic: name, numPartitions: partitions, configEntries: settings }]
      await this.#admin.createTopics({ waitForLeaders: false, topics })
      const count = await withRetries(() => this.#whenKnown(topic))
      this.#noteTopic(name, count)
    } catch (error) {
      throw brokerError(`topic '${topic}' can not be created`, error)
    }
  }

  /** Waits until a topic is known on all connections with at least so many partitions. Returns their number. */
  async #whenKnown(topic: string, least = 1): Promise<number> {
    await this.#target([topic])
    const known = this.#connections.map(one => one.findTopicPartitionMetadata(this.#names.onBroker(topic)))
    const partitions = known[0]!
    if (known.some(({ length }) => length < least))
      throw new ConnectorError('broker-failed', `no broker knows topic '${topic}' yet`, { retryable: true })
    for (const { partitionId } of partitions) await this.endOf(topic, partitionId)
    return partitions.length
  }

  #noteTopic(name: string, partitions: number): void {
    const topic = this.#names.here(name)
    if (topic === null) return
    const kind = topic.endsWith(changelogEnding) ? this.#changelogs : this.logs
    kind.set(topic, partitions)
  }

  /** Returns the log of this name on the broker; null where it is a changelog or not ours. */
  #logNamed(name: string): string | null {
    return name.endsWith(changelogEnding) ? null : this.#names.here(name)
  }

  async #target(topics: readonly string[]): Promise<void> {
    const names = topics.map(topic => this.#names.onBroker(topic))
    for (const connections of this.#connections) {
      await connections.addMultipleTargetTopics(names)
      await connections.refreshMetadata()
    }
  }
}

async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries >= 50) throw error
      await delay(10 * tries)
    }
  }
}

const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

/** Asks one broker for the ends of partitions that it leads; -1 is no broker. */
async function endsAt(
  connections: Connections,
  nodeId: number,
  kind: EndKind,
  asked: readonly TopicPartition[],
): Promise<readonly (readonly [string, number | ConnectorError])[]> {
  if (nodeId < 0) return asked.map(one => [nameOf(one), endError(one, new Error('no broker leads it'))])
  try {
    const answers = await listEnds(await connections.findBroker({ nodeId }), kind, asked)
    return answers.map(one => [
      nameOf(one),
      one.errorCode === 0 ? one.end : endError(one, protocolError(one.errorCode)),
    ])
  } catch (error) {
    return asked.map(one => [nameOf(one), endError(one, error as Error)])
  }
}

function endError(of: TopicPartition, cause: Error): ConnectorError {
  const doing = `the end of ${nameOf(of)} can not be asked for`
  return cause.name.startsWith('KafkaJS')
    ? brokerError(doing, cause)
    : new ConnectorError('broker-failed', `${doing}: ${cause.message}`, { retryable: true, cause })
}
