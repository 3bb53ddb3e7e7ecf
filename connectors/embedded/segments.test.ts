import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogRecord, NewRecord } from '../../topology/log/log.ts'
import { packChangelog, packRecords, unpackChangelog, unpackRecords } from './segments.ts'

const count = fc.oneof(fc.nat(300), fc.nat(), fc.maxSafeNat())
const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const value = fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes))
const timestamp = fc.oneof(fc.integer({ min: 0, max: 4_000_000_000_000 }), fc.maxSafeInteger())
const cause = fc.record({
  source: fc.constantFrom('deciding/people/0', 'stitching/identities/11@3', ''),
  position: count,
  n: count,
  causeId: fc.oneof(fc.constantFrom('basket-1', 'basket-2'), text),
  path: fc.array(count, { maxLength: 5 }),
})
const record: fc.Arbitrary<NewRecord> = fc.oneof(
  fc.record({ key: text, value, timestamp }),
  fc.record({ key: text, value, timestamp, cause }),
)

describe('a packed segment of records', () => {
  test('returns every record with its offset, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 40 }),
        fc.oneof(fc.nat(), fc.constant(2 ** 52)),
        (records, first) => {
          const expected = records.map((made, i): LogRecord => ({ ...made, offset: first + i }))
          const [segment, ...others] = packRecords(records, first)
          expect(others).toEqual([])
          expect(segment).toMatchObject({ first, last: first + records.length - 1 })
          expect(unpackRecords(segment!.bytes)).toEqual(expected)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('is closed at 256 KiB, so that a read within it stays cheap', () => {
    const records = Array.from({ length: 500 }, (_, i) => ({
      key: `${i}`,
      value: Buffer.alloc(2000, i % 256),
      timestamp: i,
    }))
    const segments = packRecords(records, 7)
    expect(segments.map(({ first, last }) => [first, last])).toEqual([
      [7, 137],
      [138, 268],
      [269, 399],
      [400, 506],
    ])
    for (const { bytes } of segments) expect(bytes.length).toBeLessThan(264 * 1024)
    expect(segments.flatMap(({ bytes }) => unpackRecords(bytes)).map(({ key }) => key)).toEqual(
      records.map(({ key }) => key),
    )
  })

  test('needs few bytes beyond those of keys and values', () => {
    const made = Array.from({ length: 100 }, (_, i) => ({
      key: `household_id.${1000 + i}`,
      value: Buffer.alloc(300),
      timestamp: 1_500_000_000_000 + i,
      cause: {
        source: 'deciding/people/0',
        position: 100_000 + i,
        n: 50_000 + i,
        causeId: `basket-${i >> 1}`,
        path: [0, 1],
      },
    }))
    const payload = 100 * (300 + 'household_id.1000'.length)
    const { bytes } = packRecords(made, 0)[0]!
    expect((bytes.length - payload) / 100).toBeLessThan(30)
  })

  test('refuses a record that it could not return', () => {
    const broken = { source: 's', position: -1, n: 1, causeId: 'c', path: [] }
    expect(() => packRecords([{ key: 'k', value: Buffer.of(1), timestamp: 0, cause: broken }], 0)).toThrow(RangeError)
    const [after] = packRecords([{ key: 'k', value: Buffer.of(1), timestamp: 0 }], 0)
    expect(unpackRecords(after!.bytes)).toEqual([{ key: 'k', value: Buffer.of(1), timestamp: 0, offset: 0 }])
  })
})

describe('a packed segment of a changelog', () => {
  test('returns every change at its offset, with the gaps of a compaction', () => {
    const entry = fc.record({ gap: fc.integer({ min: 1, max: 1000 }), key: text, value: fc.option(value) })
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 50 }), fc.nat(), (made, start) => {
        let offset = start - 1
        const entries = made.map(({ gap, key, value }) => {
          offset += gap
          return { key, value, offset }
        })
        const [segment] = packChangelog(entries)
        expect(segment!.last).toBe(offset)
        expect(unpackChangelog(segment!.bytes)).toEqual(entries)
      }),
    )
  })

  test('is closed at 256 KiB', () => {
    const entries = Array.from({ length: 300 }, (_, i) => ({
      key: 'row',
      value: Buffer.alloc(3000),
      offset: 5 + 2 * i,
    }))
    const segments = packChangelog(entries)
    expect(segments.length).toBe(4)
    expect(segments.flatMap(({ bytes }) => unpackChangelog(bytes)).map(({ offset }) => offset)).toEqual(
      entries.map(({ offset }) => offset),
    )
    for (const { last, bytes } of segments) expect(unpackChangelog(bytes).at(-1)!.offset).toBe(last)
  })
})
