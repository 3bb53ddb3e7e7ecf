import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Change, Store } from './store.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString()
const put = (key: string, value: string): Change => ({ key, value: bytes(value) })
const whole = { from: '', to: '\u{10ffff}' }

/** What every store must do. `durable`: what was written is there after closing and opening again. */
export function storeContract(
  name: string,
  open: (directory: string) => Promise<Store>,
  { durable }: { readonly durable: boolean },
): void {
  describe(`the ${name} store`, () => {
    let directory: string
    let store: Store

    beforeEach(async () => {
      directory = join(mkdtempSync(join(tmpdir(), 'joai-store-')), 'store')
      store = await open(directory)
    })

    afterEach(async () => {
      await store.close()
      rmSync(directory, { recursive: true, force: true })
    })

    test('gives one value per key, in the order asked', async () => {
      await store.write([put('b', '2'), put('a', '1')])
      expect((await store.getMany(['a', 'missing', 'b', 'a'])).map(text)).toEqual(['1', undefined, '2', '1'])
      expect(await store.getMany([])).toEqual([])
    })

    test('keeps the last of several changes of one key in a batch', async () => {
      await store.write([
        put('a', '1'),
        { key: 'a', value: null },
        put('a', '2'),
        put('b', '1'),
        { key: 'b', value: null },
      ])
      expect((await store.getMany(['a', 'b'])).map(text)).toEqual(['2', undefined])
    })

    test('takes empty values, and an empty batch', async () => {
      await store.write([])
      await store.write([{ key: 'empty', value: new Uint8Array(0) }])
      expect((await store.getMany(['empty']))[0]).toHaveLength(0)
    })

    test('ranges in the order of bytes: from inclusive, to exclusive, at most the limit', async () => {
      const keys = ['a', 'a\u0000', 'b', 'é', '\u4e2d', '\ufffd', '\u{1f600}']
      await store.write([...keys].reverse().map(key => put(key, key)))
      expect((await store.range(whole)).map(({ key }) => key)).toEqual(keys)
      expect((await store.range({ from: 'a', to: 'b' })).map(({ key, value }) => [key, text(value)])).toEqual([
        ['a', 'a'],
        ['a\u0000', 'a\u0000'],
      ])
      expect((await store.range({ ...whole, limit: 3 })).map(({ key }) => key)).toEqual(keys.slice(0, 3))
    })

    test('clears a range and nothing else', async () => {
      await store.write(['a', 'b', 'c', 'd'].map(key => put(key, key)))
      await store.clear({ from: 'b', to: 'd' })
      expect((await store.range(whole)).map(({ key }) => key)).toEqual(['a', 'd'])
    })

    test('what it gave stays as it was, whatever is written later', async () => {
      await store.write([put('a', 'first')])
      const [value] = await store.getMany(['a'])
      await store.write([put('a', 'other')])
      expect(text(value)).toBe('first')
    })

    test('takes thousands of rows of a kilobyte at once', async () => {
      const value = 'x'.repeat(1000)
      await store.write(Array.from({ length: 5000 }, (_, i) => put(`key-${i}`, `${value}${i}`)))
      const found = await store.getMany(Array.from({ length: 5000 }, (_, i) => `key-${i}`))
      expect(found.every((one, i) => text(one) === `${value}${i}`)).toBe(true)
    })

    test('agrees with a sorted map, whatever the batches', async () => {
      const key = fc.constantFrom('a', 'b', 'ba', 'c', 'é', '\u{1f600}', 'z')
      const change = fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 4 }), { nil: null }) })
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(fc.array(change, { maxLength: 6 }), fc.tuple(key, key)), { maxLength: 12 }),
          async operations => {
            await store.clear(whole)
            const model = new Map<string, Uint8Array>()
            for (const operation of operations) {
              if (operation.length === 2 && typeof operation[0] === 'string') {
                const [from, to] = operation as [string, string]
                await store.clear({ from, to })
                for (const key of [...model.keys()])
                  if (before(from, key, true) && before(key, to, false)) model.delete(key)
              } else {
                await store.write(operation as Change[])
                for (const { key, value } of operation as Change[])
                  value === null ? model.delete(key) : model.set(key, value)
              }
            }
            const expected = [...model].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
            expect((await store.range(whole)).map(({ key, value }) => [key, [...value]])).toEqual(
              expected.map(([key, value]) => [key, [...value]]),
            )
          },
        ),
        { numRuns: 60, seed: 20171 },
      )
    })

    if (durable)
      test('is as it was after closing and opening again', async () => {
        await store.write(Array.from({ length: 1000 }, (_, i) => put(`key-${String(i).padStart(4, '0')}`, String(i))))
        await store.clear({ from: 'key-0500', to: 'key-0600' })
        await store.close()
        store = await open(directory)
        const entries = await store.range(whole)
        expect(entries).toHaveLength(900)
        expect(text(entries.at(-1)!.value)).toBe('999')
      })
  })
}

const before = (a: string, b: string, orEqual: boolean): boolean => {
  const order = Buffer.compare(Buffer.from(a), Buffer.from(b))
  return order < 0 || (orEqual && order === 0)
}
