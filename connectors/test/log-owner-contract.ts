import { describe, expect, test } from 'vitest'
import { changelogOf, codeOf, commitOf, type LogContext, task, text, valuesOf } from './log-fixture-contract.ts'

/** The contract of ownership: which owner may commit, and what an unfinished commit leaves. */
export function ownerContract(context: LogContext): void {
  describe('owners', () => {
    test('a former owner whose task was acquired by another commits nothing any more', async () => {
      const { log } = context
      const former = await log.acquire(task(0))
      await log.commit([commitOf(former, 1, ['a'])])
      const owner = await log.acquire(task(0))
      expect(await codeOf(log.commit([commitOf(former, 2, ['ghost', 'ghost'])]))).toBe('fenced')
      await log.commit([commitOf(owner, 2, ['b'])])
      expect(await codeOf(log.commit([commitOf(former, 3, ['ghost', 'ghost'])]))).toBe('fenced')
      expect(await valuesOf(log, 0)).toEqual(['a', 'b'])
      expect(await valuesOf(log, 1)).toEqual([])
      expect(await changelogOf(log, task(0))).toEqual([
        ['row', 'row at 1'],
        ['row', 'row at 2'],
      ])
      expect(text((await log.acquire(task(0))).checkpoint)).toBe('checkpoint at 2')
    })

    test('of two that acquire a task at once, the second owns it', async () => {
      const { log } = context
      const [first, second] = await Promise.all([log.acquire(task(0)), log.acquire(task(0))])
      expect(await codeOf(log.commit([commitOf(first, 1, ['ghost'])]))).toBe('fenced')
      expect(await codeOf(log.commit([commitOf(second, 1, ['a'])]))).toBe('no error')
      expect(await valuesOf(log)).toEqual(['a'])
    })

    test('a commit that began before an acquisition has either succeeded when the acquisition returns, or never does', async () => {
      const { log } = context
      let position = 0
      const landed: string[] = []
      let fenced = 0
      for (let round = 0; round < 30; round++) {
        const former = await log.acquire(task(0))
        const running = Array.from({ length: 3 }, (_, i) =>
          codeOf(log.commit([commitOf(former, position + i + 1, [`${round}.${i}`])])),
        )
        if (round % 3 === 1) await Promise.resolve()
        if (round % 3 === 2) await running[0]
        const { position: told } = await log.acquire(task(0))
        const codes = await Promise.all(running)
        const count = codes.filter(code => code === 'no error').length
        expect(codes).toEqual([...Array(count).fill('no error'), ...Array(3 - count).fill('fenced')])
        position += count
        fenced += 3 - count
        expect(told ?? 0).toBe(position)
        landed.push(...Array.from({ length: count }, (_, i) => `${round}.${i}`))
      }
      expect(await valuesOf(log)).toEqual(landed)
      expect(landed.length).toBeGreaterThan(0)
      // A commit that does not wait can't be overtaken.
      if (context.traits.durable) expect(fenced).toBeGreaterThan(0)
    })

    test.skipIf(!context.traits.together)(
      'a revoke in the middle of a commit of several tasks stops all of it or none',
      async () => {
        const { log } = context
        let landed = 0
        for (let round = 0; round < 20; round++) {
          const owners = await Promise.all([0, 1, 2].map(partition => log.acquire(task(partition))))
          const before = owners[0]!.position ?? 0
          const running = codeOf(log.commit(owners.map(owner => commitOf(owner, before + 1, [`${round}`, `${round}`]))))
          if (round % 2 === 0) await new Promise(resolve => setImmediate(resolve))
          const revoked = await log.acquire(task(1))
          const isLanded = (await running) === 'no error'
          if (isLanded) landed++
          expect(revoked.position).toBe(landed === 0 ? null : landed)
          for (const partition of [0, 2]) expect((await log.acquire(task(partition))).position).toBe(revoked.position)
          for (const partition of [0, 1])
            expect((await valuesOf(log, partition)).filter(value => value === `${round}`)).toHaveLength(
              isLanded ? 3 : 0,
            )
        }
      },
    )

    test('an owner that does not know whether a commit succeeded learns it from the next acquisition, and duplicates nothing', async () => {
      const { log } = context
      let doubled = 0
      for (let position = 1; position <= 12; position++)
        for (;;) {
          const owner = await log.acquire(task(0))
          if ((owner.position ?? 0) >= position) break
          // The answer is lost each time, so only the next acquisition counts.
          await log.commit([commitOf(owner, position, [`${position}`, `${position}`])]).catch(() => undefined)
          doubled++
        }
      expect(doubled).toBe(12)
      expect(await valuesOf(log)).toEqual(Array.from({ length: 12 }, (_, i) => `${i + 1}`))
    })
  })

  describe.skipIf(!context.traits.aborts)('aborted transactions', () => {
    test('overlapping aborts leave no record behind, and remove no other', async () => {
      const { log } = context
      const owners = await Promise.all([0, 1, 2].map(partition => log.acquire(task(partition))))
      const first = await context.under.begin!(commitOf(owners[0]!, 1, ['ghost 1', 'ghost 1']))
      const second = await context.under.begin!(commitOf(owners[1]!, 1, ['ghost 2', 'ghost 2']))
      await log.commit([commitOf(owners[2]!, 1, ['a', 'b'])])
      await second.abort()
      const third = await context.under.begin!(commitOf(await log.acquire(task(1)), 1, ['ghost 3', 'ghost 3']))
      await first.abort()
      await log.commit([commitOf(owners[2]!, 2, ['c', 'd'])])
      await third.abort()
      expect([await valuesOf(log, 0), await valuesOf(log, 1)]).toEqual([
        ['a', 'c'],
        ['b', 'd'],
      ])
      expect((await log.acquire(task(0))).position).toBe(null)
      expect(await changelogOf(log, task(1))).toEqual([])
    })
  })
}
