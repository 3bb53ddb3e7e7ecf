import { setTimeout as delay } from 'node:timers/promises'
import kafkajs, { type Cluster, type Consumer, type GroupMember, type Kafka, type PartitionAssigner } from 'kafkajs'
import { ConnectorError, type TopicPartition } from '../../topology/log/log.ts'
import { assignment } from './assignment.ts'

const { AssignerProtocol } = kafkajs

export interface MembershipOptions {
  readonly kafka: Kafka
  /** The application: the positions of its tasks are this group's offsets, and stay for as long as it has members. */
  readonly groupId: string
  /** All whose partitions are to be shared. They must be there. */
  readonly topics: readonly string[]
  /** How long the group waits for a member that says nothing. */
  readonly sessionTimeoutMs?: number
  /** Told of all partitions that are now ours, whenever that changes. */
  readonly assigned: (partitions: readonly TopicPartition[]) => void
  /** The brokers were out of reach for long: what was assigned stays ours for now, and the group is joined again. */
  readonly lost?: (error: ConnectorError) => void
  /** The brokers refuse us, and will not think better of it. */
  readonly failed: (error: ConnectorError) => void
}

/** Between two tries to join again; each of them asks for some seconds by itself. */
const againMs = 500

/**
 * Takes part in sharing the partitions of an application among its processes. A consumer of kafkajs, all of whose
 * partitions are paused, sends the heartbeats and rejoins; it reads nothing and commits nothing. Nobody waits for who
 * had a partition before: taking a task over fences it.
 */
export class Membership {
  readonly #options: MembershipOptions
  readonly #leaving = new AbortController()
  #consumer: Consumer
  #joining: Promise<void> = Promise.resolve()
  #owned: readonly TopicPartition[] = []

  private constructor(options: MembershipOptions) {
    this.#options = options
    this.#consumer = this.#newConsumer()
  }

  #newConsumer(): Consumer {
    const { kafka, groupId, sessionTimeoutMs = 10_000 } = this.#options
    const heartbeatMs = Math.min(1000, Math.floor(sessionTimeoutMs / 4))
    return kafka.consumer({
      groupId,
      // What kafkajs begins again by itself it would also begin again behind who leaves: the process would never end.
      retry: { restartOnFailure: async () => false },
      partitionAssigners: [({ cluster }) => this.#assigner(cluster)],
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      // With nothing to fetch, this is how often it looks whether a heartbeat is due.
      maxWaitTimeInMs: Math.floor(heartbeatMs / 2),
    })
  }

  /** Joins; `assigned` is told before it resolves. Throws `group-failed`. */
  static async join(options: MembershipOptions): Promise<Membership> {
    const membership = new Membership(options)
    try {
      await membership.#start()
      return membership
    } catch (error) {
      await membership.leave()
      throw failure(options.groupId, error)
    }
  }

  /** Others get its partitions at once, without waiting for the session to end. */
  async leave(): Promise<void> {
    this.#leaving.abort()
    await this.#joining
    await this.#consumer.disconnect()
  }

  async #start(): Promise<void> {
    const { topics, assigned, groupId } = this.#options
    const consumer = this.#consumer
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      // Before the first fetch: what kafkajs makes of an offset that is out of range would overwrite a task's position.
      consumer.pause(topics.map(topic => ({ topic })))
      this.#owned = Object.entries(memberAssignment as Record<string, number[]>).flatMap(([topic, partitions]) =>
        partitions.map(partition => ({ topic, partition })),
      )
      assigned(this.#owned)
    })
    consumer.on(consumer.events.CRASH, ({ payload: { error } }) => this.#crashed(error, failure(groupId, error)))
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics] })
    await consumer.run({ autoCommit: false, eachBatch: async () => undefined })
  }

  #crashed(error: Error, told: ConnectorError): void {
    const { lost = () => undefined, failed } = this.#options
    if (this.#leaving.signal.aborted) return
    if (isRefusal(error)) failed(told)
    else {
      lost(told)
      this.#joining = this.#joinAgain(this.#joining)
    }
  }

  /** As a new member, with what it has had: tasks go on meanwhile, and whoever else was given them has fenced them. */
  async #joinAgain(before: Promise<void>): Promise<void> {
    await before
    const { signal } = this.#leaving
    await delay(againMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    await this.#consumer.disconnect()
    this.#consumer = this.#newConsumer()
    try {
      await this.#start()
    } catch (error) {
      this.#crashed(error as Error, failure(this.#options.groupId, error))
    }
  }

  /** Each member tells what it has; the leader shares out. */
  #assigner(cluster: Cluster): ReturnType<PartitionAssigner> {
    const { MemberMetadata, MemberAssignment } = AssignerProtocol
    const version = 0
    return {
      name: 'joai-sticky',
      version,
      protocol: ({ topics }) => ({
        name: 'joai-sticky',
        metadata: MemberMetadata.encode({ version, topics, userData: encodeOwned(this.#owned) }),
      }),
      assign: async ({ members, topics }) => {
        const counts = new Map(topics.map(topic => [topic, cluster.findTopicPartitionMetadata(topic).length]))
        const shares = assignment(members.map(memberOf), counts)
        return Array.from(shares, ([memberId, partitions]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({
            version,
            assignment: byTopic(partitions),
            userData: Buffer.alloc(0),
          }),
        }))
      },
    }
  }
}

function memberOf({ memberId, memberMetadata }: GroupMember) {
  const userData = AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData
  return { id: memberId, owned: userData ? decodeOwned(userData) : [] }
}

function byTopic(partitions: readonly TopicPartition[]): Record<string, number[]> {
  const topics: Record<string, number[]> = {}
  for (const { topic, partition } of partitions) {
    topics[topic] ??= []
    topics[topic].push(partition)
  }
  return topics
}

const encodeOwned = (owned: readonly TopicPartition[]): Buffer => Buffer.from(JSON.stringify(byTopic(owned)))

function decodeOwned(bytes: Buffer): TopicPartition[] {
  if (bytes.length === 0) return []
  const topics = JSON.parse(bytes.toString('utf8')) as Record<string, number[]>
  return Object.entries(topics).flatMap(([topic, partitions]) => partitions.map(partition => ({ topic, partition })))
}

const refusals = /AUTHORIZATION|AUTHENTICATION|SASL|INVALID|INCONSISTENT|UNSUPPORTED/

/** Whether asking again would be in vain; what is not of kafkajs is a bug. */
function isRefusal(error: Error): boolean {
  const { name, type = '', cause } = error as Error & { readonly type?: string }
  if (!name.startsWith('KafkaJS') || name === 'KafkaJSSASLAuthenticationError' || refusals.test(type)) return true
  return cause instanceof TypeError || (cause instanceof Error && cause.name.startsWith('KafkaJS') && isRefusal(cause))
}

const failure = (groupId: string, cause: unknown): ConnectorError =>
  new ConnectorError('group-failed', `the group '${groupId}' can't be joined: ${(cause as Error).message}`, {
    retryable: true,
    cause,
  })
