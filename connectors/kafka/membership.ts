import kafkajs, { type Cluster, type Consumer, type GroupMember, type Kafka, type PartitionAssigner } from 'kafkajs'
import { ConnectorError, type TopicPartition } from '../../topology/ports.ts'
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
  /** The group can't be rejoined by itself. */
  readonly failed: (error: ConnectorError) => void
}

/**
 * Takes part in sharing the partitions of an application among its processes. A consumer of kafkajs, all of whose
 * partitions are paused, sends the heartbeats and rejoins; it reads nothing and commits nothing. Nobody waits for who
 * had a partition before: taking a task over fences it.
 */
export class Membership {
  readonly #consumer: Consumer
  readonly #options: MembershipOptions
  #owned: readonly TopicPartition[] = []

  private constructor(options: MembershipOptions) {
    const { kafka, groupId, sessionTimeoutMs = 10_000 } = options
    this.#options = options
    const heartbeatMs = Math.min(1000, Math.floor(sessionTimeoutMs / 4))
    this.#consumer = kafka.consumer({
      groupId,
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
    await this.#consumer.disconnect()
  }

  async #start(): Promise<void> {
    const { topics, assigned, failed, groupId } = this.#options
    const consumer = this.#consumer
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      // Before the first fetch: what kafkajs makes of an offset that is out of range would overwrite a task's position.
      consumer.pause(topics.map(topic => ({ topic })))
      this.#owned = Object.entries(memberAssignment as Record<string, number[]>).flatMap(([topic, partitions]) =>
        partitions.map(partition => ({ topic, partition })),
      )
      assigned(this.#owned)
    })
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      if (!restart) failed(failure(groupId, error))
    })
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics] })
    await consumer.run({ autoCommit: false, eachBatch: async () => undefined })
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

const failure = (groupId: string, cause: unknown): ConnectorError =>
  new ConnectorError('group-failed', `the group '${groupId}' can't be joined: ${(cause as Error).message}`, {
    retryable: true,
    cause,
  })
