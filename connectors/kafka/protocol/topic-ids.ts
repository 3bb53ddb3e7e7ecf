import { type Broker, exchange } from './kafkajs-internals.ts'
import { protocolError } from './protocol-error.ts'
import { WireWriter } from './wire.ts'

const metadata = { apiName: 'Metadata', apiKey: 3, apiVersion: 12 }
const idBytes = 16

/**
 * Asks a broker for the ids of topics (Metadata version 12, Kafka protocol guide): a topic that was deleted and created anew has
 * another one. Brokers before Kafka 3.0 know none. Throws the broker's error for a topic that does not exist, or may not be seen.
 */
export async function topicIds(broker: Broker, topics: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (topics.length === 0 || (broker.versions?.[metadata.apiKey]?.maxVersion ?? 0) < metadata.apiVersion)
    return new Map()
  const { ids } = await exchange(broker, metadata, requestOf(topics), from => {
    from.tags()
    const clientSideThrottleTime = from.int32()
    from.compactArray(() => {
      from.skip(4)
      from.compactText()
      from.skip(4)
      from.compactText()
      from.tags()
    })
    from.compactText()
    from.skip(4)
    const ids = from.compactArray(() => {
      const errorCode = from.int16()
      const topic = from.compactText()
      const id = from.raw(idBytes).toString('hex')
      from.skip(1)
      from.compactArray(() => {
        from.skip(2 + 4 + 4 + 4)
        for (let list = 0; list < 3; list++) from.compactArray(() => from.int32())
        from.tags()
      })
      from.skip(4)
      from.tags()
      return { errorCode, topic, id }
    })
    return { clientSideThrottleTime, ids }
  })
  const failed = ids.find(({ errorCode }) => errorCode !== 0)
  if (failed) throw protocolError(failed.errorCode)
  return new Map(ids.map(({ topic, id }) => [topic, id]))
}

function requestOf(topics: readonly string[]): Buffer {
  const body = new WireWriter(64 * topics.length + 16)
  // The tags of the header.
  body.byte(0)
  body.uvarint(topics.length + 1)
  for (const topic of topics) {
    body.raw(new Uint8Array(idBytes))
    body.compactText(topic)
    body.byte(0)
  }
  // No topic is created, and no rights are asked for.
  body.byte(0)
  body.byte(0)
  body.byte(0)
  return body.written
}
