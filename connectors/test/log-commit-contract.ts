import { describe, expect, test } from 'vitest'
import {
  bytes,
  changelogOf,
  codeOf,
  commitOf,
  type LogContext,
  output,
  task,
  text,
  valuesOf,
} from './log-fixture-contract.ts'

/** The contract of commits. */
export function commitContract(context: LogContext): void {
  describe('commits', () => {
    test('a task that was never acquired has no position and no checkpoint', async () => {
      const { log } = context
      expect(await log.acquire(task(0))).toMatchObject({
        task: task(0),
        position: null,
        checkpoint: null,
        changelogEnd: 0,
      })
      expect(await log.changelog(task(0), 0, 10)).toEqual({ entries: [], next: 0 })
    })

    test('outputs, changelog, checkpoint and position of several tasks are committed together', async () => {
      const { log } = context
      const first = await log.acquire(task(0))
      const second = await log.acquire(task(1))
      const committed = await log.commit([commitOf(first, 10, ['a', 'b', 'c']), commitOf(second, 20, ['d'])])
      if (context.traits.dense) expect(committed).toEqual([{ changelogEnd: 1 }, { changelogEnd: 1 }])
      expect(await valuesOf(log, 0)).toEqual(['a', 'c', 'd'])
      expect(await valuesOf(log, 1)).toEqual(['b'])
      for (const [partition, position] of [
        [0, 10],
        [1, 20],
      ] as const) {
        const { checkpoint, changelogEnd, ...stands } = await log.acquire(task(partition))
        expect(stands).toMatchObject({ position })
        expect(changelogEnd).toBeGreaterThanOrEqual(committed[partition]!.changelogEnd)
        if (context.traits.dense) expect(changelogEnd).toBe(1)
        expect(text(checkpoint)).toBe(`checkpoint at ${position}`)
        expect(await changelogOf(log, task(partition))).toEqual([['row', `row at ${position}`]])
      }
    })

    test('how far tasks have committed can be asked without fencing them, and what they wrote by then can be read', async () => {
      const { log } = context
      expect(await log.settledPositions([task(0), task(1)], ['out'])).toEqual([null, null])
      const owner = await log.acquire(task(0))
      await log.commit([commitOf(owner, 10, ['a', 'b'])])
      await expect.poll(() => log.settledPositions([task(1), task(0)], ['out'])).toEqual([null, 10])
      expect([...(await valuesOf(log, 0)), ...(await valuesOf(log, 1))]).toEqual(['a', 'b'])
      await log.commit([commitOf(owner, 11, ['c'])])
      await expect.poll(() => log.settledPositions([task(0)], ['out'])).toEqual([11])
    })

    test('one call may commit a task twice, in order', async () => {
      const { log } = context
      const owner = await log.acquire(task(0))
      const committed = await log.commit([commitOf(owner, 1, ['a']), commitOf(owner, 2, ['b'])])
      const [first, second] = committed.map(({ changelogEnd }) => changelogEnd)
      expect(second).toBeGreaterThan(first!)
      expect(await valuesOf(log)).toEqual(['a', 'b'])
      const { position, changelogEnd } = await log.acquire(task(0))
      expect(position).toBe(2)
      expect(changelogEnd).toBeGreaterThanOrEqual(second!)
      if (context.traits.dense) expect([first, second, changelogEnd]).toEqual([1, 2, 2])
    })

    test('a commit without input keeps the position; one that would move it back is refused', async () => {
      const { log } = context
      const owner = await log.acquire(task(0))
      await log.commit([commitOf(owner, 5, ['a'])])
      await log.commit([commitOf(owner, 5, ['by a timer'])])
      expect(await codeOf(log.commit([commitOf(owner, 4, ['again'])]))).toBe('bad-commit')
      expect(await valuesOf(log)).toEqual(['a', 'by a timer'])
      expect((await log.acquire(task(0))).position).toBe(5)
    })

    test('a failed commit leaves nothing in any partition or task, and its owners must acquire their tasks again', async () => {
      const { log } = context
      const first = await log.acquire(task(0))
      const second = await log.acquire(task(1))
      const stray = { ...commitOf(second, 1, ['c']), outputs: [output('c'), { ...output('d'), topic: 'elsewhere' }] }
      expect(await codeOf(log.commit([commitOf(first, 1, ['a', 'b']), stray]))).toBe('unknown-topic')
      const landed = context.traits.together ? [] : [first]
      const values = landed.length === 0 ? [[], []] : [['a'], ['b']]
      expect([await valuesOf(log, 0), await valuesOf(log, 1)]).toEqual(values)
      for (const owner of [first, second].filter(one => !landed.includes(one))) {
        expect(await codeOf(log.commit([commitOf(owner, 1, ['late'])]))).toBe('fenced')
        expect(await changelogOf(log, owner.task)).toEqual([])
        expect(await log.acquire(owner.task)).toMatchObject({ position: null, changelogEnd: 0 })
      }
      expect([await valuesOf(log, 0), await valuesOf(log, 1)]).toEqual(values)
    })

    test('tasks that commit at the same time do not mix', async () => {
      const { log } = context
      const owners = await Promise.all([0, 1, 2, 3].map(partition => log.acquire(task(partition))))
      await Promise.all(
        owners.map(async owner => {
          for (let i = 1; i <= 25; i++)
            await log.commit([{ ...commitOf(owner, i, []), outputs: [output(`${owner.task.partition}:${i}`)] }])
        }),
      )
      // A commit may be answered before its records can be read.
      await expect.poll(() => valuesOf(log)).toHaveLength(100)
      const values = (await valuesOf(log)) as string[]
      for (const partition of [0, 1, 2, 3])
        expect(values.filter(value => value.startsWith(`${partition}:`))).toEqual(
          Array.from({ length: 25 }, (_, i) => `${partition}:${i + 1}`),
        )
    })

    test('a changelog keeps every change in order, tombstones included, and can be read on from any point', async () => {
      const { log } = context
      const owner = await log.acquire(task(2))
      const changes = Array.from({ length: 40 }, (_, i) => ({
        key: `row ${i % 7}`,
        value: i % 5 === 4 ? null : bytes(`state ${i}`),
      }))
      for (let i = 0; i < 40; i += 8)
        await log.commit([{ ...commitOf(owner, i + 1, []), changelog: changes.slice(i, i + 8) }])
      const expected = changes.map(({ key, value }) => [key, text(value)])
      expect(await changelogOf(log, task(2))).toEqual(expected)
      expect(await changelogOf(log, task(2), 3)).toEqual(expected)
      const first = await log.changelog(task(2), 0, 33)
      const { entries } = await log.changelog(task(2), first.next, 100)
      const seen = [...first.entries, ...entries].map(({ key, value }) => [key, text(value)])
      expect(seen).toEqual(expected.slice(0, seen.length))
      expect(seen.length).toBeGreaterThan(first.entries.length)
      const { changelogEnd: end } = await log.acquire(task(2))
      if (context.traits.dense) expect([first.next, end]).toEqual([33, 40])
      expect(await log.changelog(task(2), end, 10)).toEqual({ entries: [], next: end })
      expect(await codeOf(log.changelog(task(2), end + 1, 10))).toBe('out-of-range')
    })
  })
}
