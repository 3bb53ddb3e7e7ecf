import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs'
import { ConnectorError } from '../../topology/log/log.ts'
import { describeAcls, type Grant, grantAcls } from './acls.ts'
import { type KafkaConnection, kafkaClient, kafkaExchange } from './kafka-client.ts'
import { TopicNames } from './topic-names.ts'

const { ConfigResourceTypes } = kafkajs

/** A topic as it is on the broker. */
export interface ClusterTopic {
  readonly partitions: number
  readonly replication: number
  /** All settings by name. `own` names those that were set for this topic. */
  readonly config: Readonly<Record<string, string>>
  readonly own: ReadonlySet<string>
}

/** A topic to be created. */
export interface NewTopic {
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

/** The broker's side of a deployment: topics, settings and rights. Throws `cluster-failed`. */
export class Cluster {
  readonly #admin: Admin
  readonly #names: TopicNames

  private constructor(admin: Admin, names: TopicNames) {
    this.#admin = admin
    this.#names = names
  }

  static async connect(connection: KafkaConnection): Promise<Cluster> {
    const admin = kafkaClient(connection).admin()
    await kafkaExchange('cluster-failed', 'no broker answers', () => admin.connect())
    return new Cluster(admin, new TopicNames(connection))
  }

  async brokers(): Promise<number> {
    return (await this.#ask('describe the cluster', () => this.#admin.describeCluster())).brokers.length
  }

  /** Describes those of the named topics that exist. */
  async topics(names: Iterable<string>): Promise<Map<string, ClusterTopic>> {
    const there = new Set(await this.#ask('list topics', () => this.#admin.listTopics()))
    const topics = [...names].map(name => this.#names.onBroker(name)).filter(name => there.has(name))
    if (topics.length === 0) return new Map()
    const metadata = await this.#ask('describe topics', () => this.#admin.fetchTopicMetadata({ topics }))
    const resources = topics.map(name => ({ type: ConfigResourceTypes.TOPIC, name }))
    const settings = await this.#ask('describe settings', () =>
      this.#admin.describeConfigs({ resources, includeSynonyms: false }),
    )
    const entries = new Map(settings.resources.map(({ resourceName, configEntries }) => [resourceName, configEntries]))
    return new Map(
      metadata.topics.map(({ name, partitions }) => {
        const config = entries.get(name) ?? []
        return [
          this.#names.here(name) ?? name,
          {
            partitions: partitions.length,
            replication: partitions[0]?.replicas.length ?? 1,
            config: Object.fromEntries(config.map(({ configName, configValue }) => [configName, configValue])),
            own: new Set(config.filter(({ configSource }) => configSource === setForTopic).map(one => one.configName)),
          },
        ]
      }),
    )
  }

  async create(topics: ReadonlyMap<string, NewTopic>, replication: number): Promise<void> {
    if (topics.size === 0) return
    const wanted = [...topics].map(
      ([name, { partitions, config }]): ITopicConfig => ({
        topic: this.#names.onBroker(name),
        numPartitions: partitions,
        replicationFactor: replication,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      }),
    )
    await this.#ask('create topics', () => this.#admin.createTopics({ topics: wanted, waitForLeaders: false }))
    await this.#until('the new topics', () => this.#haveLeaders(wanted.map(({ topic }) => topic)))
  }

  /** Tells whether the answering broker knows the topics and a leader for each of their partitions. */
  async #haveLeaders(topics: string[]): Promise<boolean> {
    try {
      const { topics: known } = await this.#admin.fetchTopicMetadata({ topics })
      return known.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0))
    } catch (error) {
      if ((error as { retriable?: boolean }).retriable === true) return false
      throw error
    }
  }

  /** Changes some of a topic's own settings and keeps the others. */
  async configure(
    name: string,
    { config, own }: ClusterTopic,
    wanted: Readonly<Record<string, string>>,
  ): Promise<void> {
    // The broker replaces all settings of a topic at once, so the others are sent again.
    const kept = Object.fromEntries([...own].map(key => [key, config[key]!]))
    const configEntries = Object.entries({ ...kept, ...wanted }).map(([key, value]) => ({ name: key, value }))
    await this.#ask(`configure '${name}'`, () =>
      this.#admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: this.#names.onBroker(name), configEntries }],
      }),
    )
    await this.#shows(name, topic => Object.entries(wanted).every(([key, value]) => topic.config[key] === value))
  }

  async grow(name: string, count: number): Promise<void> {
    const topic = this.#names.onBroker(name)
    await this.#ask(`grow '${topic}'`, () => this.#admin.createPartitions({ topicPartitions: [{ topic, count }] }))
    await this.#shows(name, ({ partitions }) => partitions === count)
  }

  #shows(name: string, change: (topic: ClusterTopic) => boolean): Promise<void> {
    return this.#until(`the change of '${name}'`, async () => {
      const topic = (await this.topics([name])).get(name)
      return topic !== undefined && change(topic)
    })
  }

  /** Waits until a change is visible, because the broker accepts it before it shows it. */
  async #until(what: string, isThere: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + patienceMs
    while (!(await isThere())) {
      if (performance.now() > end)
        throw new ConnectorError('cluster-failed', `the broker took ${what}, but does not show it`, { retryable: true })
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  /** Deletes topics, and waits until the broker no longer lists them, so that their names can be reused. */
  async delete(names: readonly string[]): Promise<void> {
    if (names.length === 0) return
    const topics = names.map(name => this.#names.onBroker(name))
    await this.#ask('delete topics', () => this.#admin.deleteTopics({ topics }))
    await this.#until('the end of topics', async () => {
      const there = await this.#ask('list topics', () => this.#admin.listTopics())
      return !topics.some(topic => there.includes(topic))
    })
  }

  /** Returns the number of members of a group. */
  async members(group: string): Promise<number> {
    const { groups } = await this.#ask('describe a group', () => this.#admin.describeGroups([group]))
    return groups[0]?.members.length ?? 0
  }

  /** Reads the positions that a group has committed on topics, by topic and partition. */
  async positions(group: string, topics: Iterable<string>): Promise<ReadonlyMap<string, number>> {
    const names = Array.from(topics, name => this.#names.onBroker(name))
    const found = await this.#ask('read positions', () => this.#admin.fetchOffsets({ groupId: group, topics: names }))
    return new Map(
      found.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [
          `${this.#names.here(topic) ?? topic}/${partition}`,
          Math.max(0, Number(offset)),
        ]),
      ),
    )
  }

  /** Deletes a group without members, and with it its positions. */
  async forget(group: string): Promise<void> {
    const { groups } = await this.#ask('list groups', () => this.#admin.listGroups())
    if (groups.some(({ groupId }) => groupId === group))
      await this.#ask(`forget '${group}'`, () => this.#admin.deleteGroups([group]))
  }

  /** Lists the granted rights; null where the cluster checks none. */
  grants(): Promise<Grant[] | null> {
    return this.#ask('list rights', () => describeAcls(this.#admin))
  }

  async grant(grants: readonly Grant[]): Promise<void> {
    if (grants.length > 0) await this.#ask('give rights', () => grantAcls(this.#admin, grants))
  }

  async close(): Promise<void> {
    await this.#admin.disconnect()
  }

  #ask<T>(doing: string, action: () => Promise<T>): Promise<T> {
    return kafkaExchange('cluster-failed', `can't ${doing}`, action)
  }
}

const setForTopic = 1

const patienceMs = 30_000
