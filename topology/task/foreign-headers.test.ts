import { expect, test } from 'vitest'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import { counts, lines, topology } from '../../examples/01-count-words/topology.ts'
import { decodeValue, encodeValue } from '../../schemas/wire.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import type { Cause, LogRecord } from '../log/log.ts'
import { HistoryRunner } from '../replay/history-runner.ts'
import { createTopics } from '../replay/history-writer.ts'
import { fingerprintOf, isFingerprintOf } from './checkpoint.ts'

const copied = (n: number): Cause => ({
  source: 'counting/words/0',
  position: 7,
  n,
  causeId: 'of another',
  path: [3, 1],
})

test('causes that a forwarder copied to an input drop no record, make no gap, and mean nothing', async () => {
  const counted = async (causes: readonly (Cause | undefined)[]) => {
    const log = openMemoryLog()
    await createTopics(log, topology, 1)
    await log.append(
      causes.map((cause, n) => ({
        ...{ topic: lines.name, partition: 0, key: `${n}`, timestamp: n },
        value: encodeValue(lines.types.line, { text: 'tea' }),
        ...(cause ? { cause } : {}),
      })),
    )
    await (await HistoryRunner.open({ topology, log, store: openMemoryStore() })).drain()
    const written = await log.read(counts.name, 0, 0, 100)
    return written.map(({ value, cause }) => [decodeValue(counts.types.count, value), cause?.causeId])
  }
  // The same number again, a number from far ahead, and one that goes back.
  const odd = await counted([copied(1), copied(1), copied(900), copied(2), undefined])
  expect(odd).toEqual(await counted(Array(5).fill(undefined)))
  expect(odd).toHaveLength(5)
})

test('a fingerprint is of the bytes in the log, and one of before is still known', () => {
  const stored = Buffer.from('as it stands there')
  const read: LogRecord = { offset: 3, timestamp: 5, key: 'k', value: Buffer.from('with our id'), stored }
  const { stored: _, ...translated } = read
  const asStored = { ...translated, value: stored }
  expect(fingerprintOf(read)).toBe(fingerprintOf(asStored))
  expect(isFingerprintOf(fingerprintOf(asStored), read)).toBe(true)
  expect(isFingerprintOf(fingerprintOf(asStored), asStored)).toBe(true)
  expect(isFingerprintOf(fingerprintOf(translated), read)).toBe(true)
  expect(isFingerprintOf(fingerprintOf(translated), asStored)).toBe(false)
})
