import { setTimeout as delay } from 'node:timers/promises'
import kafkajs, { type Cluster, type Consumer, type GroupMember, type Kafka, type PartitionAssigner } from 'kafkajs'
import { ConnectorError, type TopicPartition } from '../../topology/log/log.ts'
import { assignPartitions } from './assignment.ts'
import { isolateConsumers } from './protocol/topic-metadata.ts'

const { AssignerProtocol } = kafkajs

export interface MembershipOptions {
  readonly kafka: Kafka
  /** Names the application. The positions of its tasks are the offsets of this group, which the broker keeps while it has members. */
  readonly groupId: string
  /** The topics whose partitions are shared. Those that do not exist are shared once they do. */
  readonly topics: readonly string[]
  /** How long the group waits for a silent member. */
  readonly sessionTimeoutMs?: number
  /** Called with all partitions of this member, whenever they change. */
  readonly assigned: (partitions: readonly TopicPartition[]) => void
  /** Called when the brokers were unreachable for long. The member keeps its partitions for now, and joins the group again. */
  readonly lost?: (error: ConnectorError) => void
  /** Called when the brokers refuse the member permanently. */
  readonly failed: (error: ConnectorError) => void
}

/** Pause between two attempts to join again. Each attempt itself retries for some seconds. */
const againMs = 500

/** How old the member's knowledge of partitions may be: growth is seen within a minute. */
const metadataMs = 15_000

/** How far the computer's clock may move against time that passed. kafkajs finds by that clock when a heartbeat is due. */
const jumpMs = 500
const lookForJumpMs = 250

/**
 * Makes a process a member of the group that shares the partitions of an application. A kafkajs consumer with all partitions
 * paused sends the heartbeats and rejoins; it reads and commits nothing. A new owner does not wait for the previous one,
 * because acquiring a task fences it.
 */
export class Membership {
  readonly #options: MembershipOptions
  readonly #leaving = new AbortController()
  #consumer: Consumer
  #joining: Promise<void> = Promise.resolve()
  #owned: readonly TopicPartition[] = []
  #clockAhead = clockAhead()
  readonly #jumps: NodeJS.Timeout

  private constructor(options: MembershipOptions) {
    this.#options = { ...options, kafka: isolateConsumers(options.kafka) }
    this.#consumer = this.#newConsumer()
    this.#jumps = setInterval(() => this.#lookForJump(), lookForJumpMs).unref()
  }

  #newConsumer(): Consumer {
    const { kafka, groupId, sessionTimeoutMs = 10_000 } = this.#options
    const heartbeatMs = Math.min(1000, Math.floor(sessionTimeoutMs / 4))
    return kafka.consumer({
      groupId,
      allowAutoTopicCreation: false,
      // New partitions of a topic are found when its metadata is fetched again.
      metadataMaxAge: metadataMs,
      // If kafkajs restarted by itself, it would also restart after `leave`, and the process would never end.
      retry: { restartOnFailure: async () => false },
      partitionAssigners: [({ cluster }) => this.#assigner(cluster)],
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      // With nothing to fetch, this is how often it looks whether a heartbeat is due.
      maxWaitTimeInMs: Math.floor(heartbeatMs / 2),
    })
  }

  /** Joins the group. `assigned` is called before it resolves. Throws `group-failed`. */
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

  /** Leaves the group, so that others get its partitions without waiting for the session to end. */
  async leave(): Promise<void> {
    this.#leaving.abort()
    clearInterval(this.#jumps)
    await this.#joining
    await this.#consumer.disconnect()
  }

  async #start(): Promise<void> {
    const { topics, assigned, groupId } = this.#options
    const consumer = this.#consumer
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      // Paused before the first fetch, because kafkajs would overwrite a task's position after an offset out of range.
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

  /** Joins again when the computer's clock was set, since kafkajs would send no heartbeat until the former time came again. */
  #lookForJump(): void {
    const ahead = clockAhead()
    const jump = ahead - this.#clockAhead
    this.#clockAhead = ahead
    if (Math.abs(jump) < jumpMs || this.#leaving.signal.aborted) return
    const error = new Error(`the clock of this computer jumped by ${Math.round(jump)} ms`)
    this.#options.lost?.(failure(this.#options.groupId, error))
    this.#joining = this.#joinAgain(this.#joining)
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

  /** Joins as a new member that claims its previous partitions. Its tasks continue meanwhile; a process that was given one has fenced it. */
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

  /** Each member reports its partitions, and the leader assigns them. */
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
        const shares = assignPartitions(members.map(memberOf), counts)
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

/** Returns how far the computer's clock is ahead of a clock that never jumps, in ms. */
const clockAhead = (): number => Date.now() - performance.now()

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

/** Tells whether a retry would be pointless. An error that is not from kafkajs is a bug. */
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
