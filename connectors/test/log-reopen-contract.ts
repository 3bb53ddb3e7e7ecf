import { describe, expect, test } from 'vitest'
import type { Cause } from '../../topology/log/log.ts'
import {
  changelogOf,
  codeOf,
  commitOf,
  type LogContext,
  output,
  readAll,
  task,
  text,
  textsOf,
  valuesOf,
} from './log-fixture-contract.ts'

/** The contract of durability: what outlives the process. */
export function reopenContract(context: LogContext): void {
  describe.skipIf(!context.traits.durable)('after it was closed and opened again', () => {
    test('records, topics, positions, checkpoints and changelogs are there, and former owners are not', async () => {
      let { log } = context
      const owner = await log.acquire(task(3))
      await log.append(Array.from({ length: 30 }, (_, i) => output(`${i}`)))
      await log.commit([{ ...commitOf(owner, 7, ['a', 'b']), changelog: [{ key: 'x', value: null }] }])
      const before = await readAll(log, 'out', 0)
      const ends = await Promise.all([log.end('out', 0), log.end('out', 1)])
      log = await context.under.reopen!()
      expect([...log.topics()].sort()).toEqual([
        ['in', 4],
        ['out', 2],
      ])
      expect(await readAll(log, 'out', 0)).toEqual(before)
      expect(await Promise.all([log.end('out', 0), log.end('out', 1)])).toEqual(ends)
      expect(await codeOf(log.commit([commitOf(owner, 8, ['ghost'])]))).toBe('fenced')
      const again = await log.acquire(task(3))
      expect(again.position).toBe(7)
      if (context.traits.dense) expect(again.changelogEnd).toBe(1)
      expect(text(again.checkpoint)).toBe('checkpoint at 7')
      expect(await changelogOf(log, task(3))).toEqual([['x', null]])
      await log.commit([commitOf(again, 8, ['c'])])
      expect(await valuesOf(log)).toEqual([...before.map(({ value }) => text(value)), 'c'])
    })

    test('a read from disk equals the read from memory', async () => {
      let { log } = context
      const owner = await log.acquire(task(0))
      for (let i = 0; i < 40; i++) {
        const cause: Cause = { source: `s/${i % 3}`, position: i, n: i + 1, causeId: `e${i >> 1}`, path: [i % 4, i] }
        const outputs = Array.from({ length: 1 + (i % 30) }, (_, j) => ({
          ...output(`${i}/${j} ${'x'.repeat(i * j * 4)}`),
          cause,
        }))
        await log.commit([{ ...commitOf(owner, i, []), outputs }])
      }
      const before = await textsOf(log)
      log = await context.under.reopen!()
      for (const limit of [3, 50, 1000]) expect(await textsOf(log, limit)).toEqual(before)
    })
  })
}
