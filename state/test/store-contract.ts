import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store, StoreChange, StoreRange } from '../stores/store.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString()
const put = (key: string, value: string): StoreChange => ({ key, value: bytes(value) })
const remove = (key: string): StoreChange => ({ key, value: null })
const whole = { from: '', to: '\u{10ffff}\u{10ffff}' }

/** Tests what every store must do. A `durable` store holds the same rows after it was closed and opened again. */
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
      rmSync(dirname(directory), { recursive: true, force: true })
    })

    test('gives one value for each key, in the order of the keys', async () => {
      await store.write([put('b', '2'), put('a', '1')])
      expect((await store.getMany(['a', 'missing', 'b', 'a'])).map(text)).toEqual(['1', undefined, '2', '1'])
      expect(await store.getMany([])).toEqual([])
    })

    test('keeps the last of several changes of one key in a batch', async () => {
      await store.write([put('a', '1'), remove('a'), put('a', '2'), put('b', '1'), remove('b')])
      expect((await store.getMany(['a', 'b'])).map(text)).toEqual(['2', undefined])
    })

    test('takes empty values, and an empty batch', async () => {
      await store.write([])
      await store.write([put('empty', '')])
      expect((await store.getMany(['empty']))[0]).toHaveLength(0)
      expect((await store.range(whole)).map(({ key, value }) => [key, value.length])).toEqual([['empty', 0]])
    })

    test('ranges in the order of bytes: from inclusive, to exclusive, at most the limit', async () => {
      const keys = ['a', 'a\u0000', 'b', 'é', '\u4e2d', '\ufffd', '\u{1f600}', '\u{1f601}']
      await store.write([...keys].reverse().map(key => put(key, key)))
      expect((await store.range(whole)).map(({ key }) => key)).toEqual(keys)
      expect((await store.range({ from: 'a', to: 'b' })).map(({ key, value }) => [key, text(value)])).toEqual([
        ['a', 'a'],
        ['a\u0000', 'a\u0000'],
      ])
      expect((await store.range({ ...whole, limit: 3 })).map(({ key }) => key)).toEqual(keys.slice(0, 3))
      expect((await store.range({ from: '\ufffd', to: '\u{1f601}' })).map(({ key }) => key)).toEqual([
        '\ufffd',
        '\u{1f600}',
      ])
    })

    test('half of a surrogate pair is the replacement character', async () => {
      await store.write([put('x\ud800', '1')])
      expect((await store.getMany(['x\ud800', 'x\ufffd', 'x\udfff'])).map(text)).toEqual(['1', '1', '1'])
      expect((await store.range(whole)).map(({ key }) => key)).toEqual(['x\ufffd'])
    })

    test('a range without room holds nothing, and clears nothing', async () => {
      await store.write([put('a', '1')])
      for (const empty of [
        { from: '', to: '' },
        { from: 'a', to: 'a' },
        { from: 'b', to: 'a' },
      ]) {
        expect(await store.range(empty)).toEqual([])
        await store.clear(empty)
      }
      expect(await store.range({ ...whole, limit: 0 })).toEqual([])
      expect(await store.range(whole)).toHaveLength(1)
    })

    test('clears a range and nothing else', async () => {
      await store.write(['a', 'b', 'c', 'd'].map(key => put(key, key)))
      await store.clear({ from: 'b', to: 'd' })
      expect((await store.range(whole)).map(({ key }) => key)).toEqual(['a', 'd'])
    })

    test('a returned value never changes, whatever is written later', async () => {
      await store.write([put('a', 'first')])
      const [value] = await store.getMany(['a'])
      const [entry] = await store.range(whole)
      for (let n = 0; n < 50; n++) {
        await store.write([put('a', `other ${n}`)])
        await store.getMany(['a'])
      }
      expect([text(value), text(entry!.value)]).toEqual(['first', 'first'])
    })

    test('takes thousands of rows of a kilobyte at once and returns each under its own key', async () => {
      const value = 'x'.repeat(1000)
      const keys = Array.from({ length: 5000 }, (_, i) => `key-${i}`)
      await store.write(keys.map((key, i) => put(key, `${value}${i}`)))
      const found = await store.getMany(keys)
      expect(found.filter((one, i) => text(one) === `${value}${i}`)).toHaveLength(5000)
      expect(await store.range({ ...whole, limit: 1000 })).toHaveLength(1000)
    })

    test('agrees with a sorted map, in whatever order it is written and read', {
      tags: durable ? ['slow'] : [],
    }, async () => {
      let counted = 0
      const agrees = async (model: Map<string, Uint8Array>, asked: Operation): Promise<void> => {
        counted++
        if ('write' in asked) {
          await store.write(asked.write)
          for (const { key, value } of asked.write) value === null ? model.delete(key) : model.set(key, value)
        } else if ('get' in asked) {
          expect(shown(await store.getMany(asked.get))).toEqual(shown(asked.get.map(key => model.get(key))))
        } else if ('clear' in asked) {
          await store.clear(asked.clear)
          for (const { key } of inRange(model, asked.clear)) model.delete(key)
        } else if ('range' in asked) {
          const found = await store.range(asked.range)
          const expected = inRange(model, asked.range)
          expect(found.map(({ key }) => key)).toEqual(expected.map(({ key }) => key))
          expect(shown(found.map(({ value }) => value))).toEqual(shown(expected.map(({ value }) => value)))
        } else if (durable) {
          await store.close()
          store = await open(directory)
        }
      }
      await fc.assert(
        fc.asyncProperty(fc.array(operation, { minLength: 8, maxLength: 20 }), async operations => {
          await store.clear(whole)
          const model = new Map<string, Uint8Array>()
          for (const asked of operations) await agrees(model, asked)
        }),
        { numRuns: 60, seed: 20171 },
      )
      expect(counted).toBeGreaterThan(480)
    })

    if (durable)
      test('holds the same rows after it was closed and opened again', async () => {
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

const key = fc.oneof(
  fc.constantFrom('a', 'b', 'ba', 'c', 'é', '\ufffd', '\u{1f600}', '\u{10ffff}', 'z'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
)
const change = fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 4 }), { nil: null }) })
const range = fc.oneof(fc.constant(whole), fc.record({ from: key, to: key }))
const limited = fc.tuple(range, fc.nat({ max: 4 })).map(([range, limit]) => ({ ...range, limit }))

type Operation =
  | { readonly write: readonly StoreChange[] }
  | { readonly get: readonly string[] }
  | { readonly range: StoreRange }
  | { readonly clear: StoreRange }
  | { readonly reopen: true }

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ write: fc.array(change, { minLength: 1, maxLength: 8 }) }) },
  { weight: 2, arbitrary: fc.record({ get: fc.array(key, { maxLength: 6 }) }) },
  { weight: 3, arbitrary: fc.record({ range: fc.oneof(range, limited) }) },
  { weight: 1, arbitrary: fc.record({ clear: range }) },
  { weight: 1, arbitrary: fc.constant({ reopen: true as const }) },
)

const shown = (values: readonly (Uint8Array | undefined)[]): (string | null)[] =>
  values.map(value => (value === undefined ? null : Buffer.from(value).toString('hex')))

function inRange(model: ReadonlyMap<string, Uint8Array>, { from, to, limit }: StoreRange) {
  return [...model]
    .map(([key, value]) => ({ key, value }))
    .filter(({ key }) => order(from, key) <= 0 && order(key, to) < 0)
    .sort((a, b) => order(a.key, b.key))
    .slice(0, limit)
}

const order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
