import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Checkpoint, emptyCheckpoint } from './checkpoint.ts'
import { checkpointFor, receivedWithoutLost, wayOnOf } from './way-on.ts'

const at = (position: number, more: Partial<Checkpoint> = {}): Checkpoint => ({
  ...emptyCheckpoint('t', 'r'),
  position,
  fingerprint: 'f',
  ...more,
})

test('another topic of the same name hides all else that differs, and a loss hides a forgotten position', () => {
  const held = { start: 5, end: 9 }
  const wayAt = (position: number | null, checkpoint: Checkpoint) =>
    wayOnOf({ position, checkpoint, topicId: 'new' }, held)
  expect(wayAt(null, at(2, { topicId: 'old' }))).toBe('topic')
  expect(wayAt(null, at(2, { topicId: 'new' }))).toBe('start')
  expect(wayAt(12, at(12))).toBe('end')
  expect(wayAt(null, at(5))).toBe('offsets')
  expect(wayAt(9, at(5))).toBe('offsets')
  expect(wayAt(9, at(9))).toBe(null)
  expect(wayOnOf({ position: null, checkpoint: null }, held)).toBe(null)
})

test('a task that begins a topic anew goes on counting what it sends', () => {
  const before = at(7, { sent: { 'people/0': 3 }, topicId: 'old' })
  const next = checkpointFor('topic', before, { start: 1, end: 9 }, 'new')
  expect(next).toEqual({ ...before, position: 1, fingerprint: '', topicId: 'new' })
})

/** Senders that each sent some records to one partition, in any order; the receiver has folded some, and retention cut others. */
const schedules = fc
  .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 })
  .chain(log => fc.tuple(fc.constant(log), fc.nat(log.length), fc.nat(log.length)))

test('after records of an internal log were deleted, the next one of each source is neither a gap nor a duplicate', () => {
  fc.assert(
    fc.property(schedules, ([log, folded, start]) => {
      const sent = new Map<string, number>()
      const numbered = log.map(source => {
        sent.set(source, (sent.get(source) ?? 0) + 1)
        return { source, n: sent.get(source)! }
      })
      const received: Record<string, number> = {}
      for (const { source, n } of numbered.slice(0, folded)) received[source] = n
      fc.pre(start > folded)
      const after = receivedWithoutLost(at(folded, { received }), sent, numbered.slice(start))
      const counts = new Map(Object.entries(after))
      const next = [
        ...numbered.slice(start),
        ...['a', 'b', 'c'].map(source => ({ source, n: (sent.get(source) ?? 0) + 1 })),
      ]
      for (const { source, n } of next) {
        expect(n).toBe((counts.get(source) ?? 0) + 1)
        counts.set(source, n)
      }
    }),
    { numRuns: 1000 },
  )
})
