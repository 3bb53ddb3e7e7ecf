import {
  type Broker,
  exchange,
  type ProducerId,
  protocolError,
  type RequestKind,
  type Transaction,
} from './kafkajs-internals.ts'
import { produceKind } from './produce-request.ts'
import { type WireReader, WireWriter } from './wire.ts'

/**
 * How a transaction is told to the broker. In the first way each partition is added before it is written to; in the
 * second (KIP-890, from Kafka 4 on) a write adds its partition, and each transaction has an epoch of its own.
 */
export type TransactionVersion = 1 | 2

/** The position of a task, to be committed with what it wrote. */
export interface PositionOf {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  readonly position: number
}

const apiVersions: RequestKind = { apiName: 'ApiVersions', apiKey: 18, apiVersion: 3 }
const endTxn: RequestKind = { apiName: 'EndTxn', apiKey: 26, apiVersion: 5 }
const txnOffsetCommit: RequestKind = { apiName: 'TxnOffsetCommit', apiKey: 28, apiVersion: 5 }
const ofSecond = [apiVersions, produceKind(12), endTxn, txnOffsetCommit]

const feature = { tag: 2, name: 'transaction.version', level: 2 } as const

/** The way that the cluster of this broker has agreed on: the second, where all of its brokers speak it. */
export async function transactionVersionOf(broker: Broker): Promise<TransactionVersion> {
  const takes = ({ apiKey, apiVersion }: RequestKind) => (broker.versions?.[apiKey]?.maxVersion ?? 0) >= apiVersion
  if (!ofSecond.every(takes)) return 1
  const body = flexible(body => {
    body.compactText('joai')
    body.compactText('1')
  })
  const { level } = await exchange(broker, apiVersions, body, from => ({ level: agreedLevel(from) }))
  return level >= feature.level ? 2 : 1
}

/** Its answer has a header of the old kind, so that any client can read the error. */
function agreedLevel(from: WireReader): number {
  check(from.int16())
  from.compactArray(() => {
    from.skip(2 + 2 + 2)
    from.tags()
  })
  from.skip(4)
  let agreed = 0
  from.tags(tag => {
    if (tag !== feature.tag) return
    from.compactArray(() => {
      const name = from.compactText()
      const level = from.int16()
      if (name === feature.name) agreed = level
      from.skip(2)
      from.tags()
    })
  })
  return agreed
}

/** In the second way: moves a position with the transaction, to which this adds it. */
export async function commitPosition(broker: Broker, transaction: Transaction, of: PositionOf): Promise<void> {
  const body = flexible(body => {
    body.compactText(transaction.transactionalId)
    body.compactText(of.groupId)
    writeProducer(body, transaction)
    // No member of the group: who may commit is told by the producer.
    body.int32(-1)
    body.compactText('')
    body.compactText(null)
    body.uvarint(1 + 1)
    body.compactText(of.topic)
    body.uvarint(1 + 1)
    body.int32(of.partition)
    body.int64(BigInt(of.position))
    // No epoch of a leader, no metadata; then the tags of the partition and of the topic.
    body.int32(-1)
    body.compactText('')
    body.byte(0)
    body.byte(0)
  })
  await exchange(broker, txnOffsetCommit, body, from => {
    from.tags()
    const clientSideThrottleTime = from.int32()
    from.compactArray(() => {
      from.compactText()
      from.compactArray(() => {
        from.skip(4)
        check(from.int16())
        from.tags()
      })
      from.tags()
    })
    return { clientSideThrottleTime }
  })
}

/** In the second way: ends the transaction, and answers who the next one is by. */
export async function endTransaction(broker: Broker, transaction: Transaction, commit: boolean): Promise<ProducerId> {
  const body = flexible(body => {
    body.compactText(transaction.transactionalId)
    writeProducer(body, transaction)
    body.byte(commit ? 1 : 0)
  })
  return exchange(broker, endTxn, body, from => {
    from.tags()
    const clientSideThrottleTime = from.int32()
    check(from.int16())
    return { clientSideThrottleTime, producerId: String(from.bigint()), producerEpoch: from.int16() }
  })
}

/** The body of a request in a flexible version, between the tags of its header and its own. */
function flexible(write: (body: WireWriter) => void): Buffer {
  const body = new WireWriter(512)
  body.byte(0)
  write(body)
  body.byte(0)
  return body.written
}

function writeProducer(body: WireWriter, { producerId, producerEpoch }: Transaction): void {
  body.int64(BigInt(producerId))
  body.int16(producerEpoch)
}

function check(code: number): void {
  if (code !== 0) throw protocolError(code)
}
