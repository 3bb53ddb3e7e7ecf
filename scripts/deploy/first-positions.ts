import type { KafkaLog } from '../../connectors/kafka/kafka-log.ts'
import { emptyCheckpoint, encodeCheckpoint, runtimeVersion } from '../../topology/task/checkpoint.ts'
import type { Deployment, Wanted } from './deployment.ts'

/**
 * Lets the tasks of topics of the company that are read from now on begin at their ends: what a topic has held for years has times of
 * its own, so that it would be decided as if it had come in time, and sent.
 */
export async function beginAtEnds(log: KafkaLog, wanted: Wanted, deployed: Deployment | null): Promise<void> {
  for (const [changelog, { log: topic }] of wanted.topics) {
    if (topic === undefined || wanted.topics.get(topic)?.part !== 'foreign') continue
    if (deployed?.topics[topic] !== undefined) continue
    const subTopology = changelog.slice(0, changelog.lastIndexOf(`.${topic}-`))
    for (let partition = 0; partition < (log.topics().get(topic) ?? 0); partition++) {
      const position = await log.end(topic, partition)
      const owner = await log.acquire({ subTopology, topic, partition })
      if (owner.position !== null || position === 0) continue
      const checkpoint = { ...emptyCheckpoint(wanted.topologyVersion, runtimeVersion), position }
      await log.moveTo(owner, position, encodeCheckpoint(checkpoint))
    }
  }
}
