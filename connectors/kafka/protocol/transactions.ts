import { type Broker, exchange, type ProducerId, type RequestKind, type Transaction } from './kafkajs-internals.ts'
import { produceKind } from './produce-request.ts'
import { protocolError } from './protocol-error.ts'
import { type WireReader, WireWriter } from './wire.ts'

/**
 * Version of Kafka's transaction protocol. In version 1 each partition is added before it is written to. In version 2 (KIP-890,
 * from Kafka 4 on) a write adds its partition, and each transaction has its own epoch.
 */
export type TransactionVersion = 1 | 2

/** A task's position, to be committed with its records. */
export interface TaskPosition {
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

/** Returns the version on which the cluster has agreed: 2 where all of its brokers support it. */
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

/** The answer to ApiVersions has an old header, so that any client can read an error. */
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

/** Version 2: adds a position to the transaction and commits it with it. */
export async function commitPosition(broker: Broker, transaction: Transaction, of: TaskPosition): Promise<void> {
  const body = flexible(body => {
    body.compactText(transaction.transactionalId)
    body.compactText(of.groupId)
    writeProducer(body, transaction)
    // No group member is given, because the producer's epoch decides who may commit.
    body.int32(-1)
    body.compactText('')
    body.compactText(null)
    body.uvarint(1 + 1)
    body.compactText(of.topic)
    body.uvarint(1 + 1)
    body.int32(of.partition)
    body.int64(BigInt(of.position))
    // No leader epoch and no metadata; then the tags of the partition and the topic.
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

/** Version 2: ends the transaction. Returns the producer id and epoch of the next one. */
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

/** Writes the body of a flexible request between the tags of its header and its own. */
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
