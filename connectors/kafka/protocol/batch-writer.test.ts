import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c } from '../../../schemas/codec/crc32c.ts'
import { headersIn } from './batch-records.ts'
import { type Message, plannedBatch, writeBatch } from './batch-writer.ts'
import { causeHeader } from './kafka-record.ts'
import { committedRecords, recordBatches } from './record-batches.ts'
import { WireWriter } from './wire.ts'

const require = createRequire(import.meta.url)
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object
const decodedByKafkajs = require('kafkajs/src/protocol/recordBatch/v0/decoder.js') as (from: object) => Promise<any>

const bytes = fc.uint8Array({ maxLength: 300 }).map(some => Buffer.from(some))
const message: fc.Arbitrary<Message> = fc.record(
  {
    key: fc.option(bytes),
    value: fc.option(bytes),
    // From 1900 to times beyond 31 bits of ms, in any order.
    timestamp: fc.integer({ min: -2_208_988_800_000, max: 4_102_444_800_000 }),
    // kafkajs mistakes a name such as "toString" for one that it has seen before.
    headers: fc.dictionary(
      fc.oneof(
        fc.string({ minLength: 1, unit: 'grapheme' }).map(name => `h-${name}`),
        fc.constant(causeHeader),
      ),
      bytes,
      { maxKeys: 3, noNullPrototype: true },
    ),
  },
  { requiredKeys: ['key', 'value', 'timestamp'] },
)
const messages = fc.array(message, { minLength: 1, maxLength: 200 })
const origin = { producerId: 2n ** 40n + 7n, producerEpoch: 12, firstSequence: 70_000 }

function written(some: readonly Message[]): Buffer {
  const planned = plannedBatch(some)
  // Behind other bytes and with too little capacity, so that the writer has to grow.
  const to = new WireWriter(4)
  to.int32(-1)
  writeBatch(to, planned, origin)
  const batch = to.written.subarray(4)
  expect(batch.length).toBe(planned.bytes)
  return batch
}

test('our own reader finds in a batch the records that were written', () => {
  fc.assert(
    fc.property(messages, some => {
      const { records, next } = committedRecords(written(some), 0, [])
      expect(next).toBe(some.length)
      const read = records.map(({ headers: given, ...record }) => ({ ...record, others: given ? othersIn(given) : {} }))
      expect(read).toEqual(
        some.map(({ key, value, timestamp, headers = {} }, offset) => ({
          offset,
          timestamp,
          key,
          value,
          cause: headers[causeHeader] ?? null,
          others: textsOf(headers),
        })),
      )
      expect([...recordBatches(written(some))]).toMatchObject([{ ...idOf(origin), isTransactional: true }])
    }),
  )
})

const textsOf = (headers: Readonly<Record<string, Buffer>>) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (name === causeHeader ? [] : [[name, value.toString()]])),
  )
function othersIn(bytes: Buffer) {
  const { [causeHeader]: _, ...others } = headersIn(bytes)
  return others
}
const idOf = ({ producerId }: typeof origin) => ({ producerId, isControl: false, lastOffset: expect.any(Number) })

test('the reader of kafkajs accepts its checksum and finds the same', async () => {
  await fc.assert(
    fc.asyncProperty(messages, async some => {
      const batch = written(some)
      expect(batch.readUInt32BE(17)).toBe(crc32c(batch.subarray(21)))
      const decoded = await decodedByKafkajs(new Decoder(batch))
      expect(decoded).toMatchObject({
        producerId: String(origin.producerId),
        producerEpoch: origin.producerEpoch,
        firstSequence: origin.firstSequence,
        inTransaction: true,
        isControlBatch: false,
        maxTimestamp: String(Math.max(...some.map(({ timestamp }) => timestamp))),
      })
      expect(
        decoded.records.map(({ offset, timestamp, key, value, headers }: any) => [
          offset,
          timestamp,
          key,
          value,
          headers,
        ]),
      ).toEqual(
        some.map(({ key, value, timestamp, headers = {} }, offset) => [
          String(offset),
          String(timestamp),
          key,
          value,
          headers,
        ]),
      )
    }),
  )
})
