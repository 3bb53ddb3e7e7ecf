import { beforeAll, describe, expect, test, vi } from 'vitest'
import { identify, type Schema, schema } from '../../../schemas/codec/schema.ts'
import { Decision, Reward, Tick } from '../../../schemas/generated.ts'
import { keyed, topic } from '../../../schemas/record.ts'
import { decodeValue, encodeValue, headerLength, schemaIdOf, typeOf, writeFrame } from '../../../schemas/wire.ts'
import { type SchemaRegistry, subjectsOf } from '../registry.ts'
import { openSchemaIds } from '../schema-ids.ts'

const field = (name: string, more: object = {}) => ({ name, type: 'string', ...more })
const record = (name: string, ...fields: readonly object[]) => schema<any>({ type: 'record', name, fields })

/** The same schema, which has not read any other version. */
const fresh = (of: Schema<any>): Schema<any> => schema(JSON.parse(of.json))

/** The contract of every registry. Each call of `open` returns one with the same schemas. */
export function registryContract(name: string, open: () => Promise<SchemaRegistry>): void {
  describe(name, () => {
    let registry: SchemaRegistry
    beforeAll(async () => {
      registry = await open()
    })

    test('returns a schema by the id it was given, also to another reader', async () => {
      const id = await registry.register('decisions-joai.Decision', Decision.json)
      expect(await registry.register('decisions-joai.Decision', Decision.json)).toBe(id)
      expect(await registry.idOf('decisions-joai.Decision', Decision.json)).toBe(id)
      const other = await open()
      expect(identify((await other.schemaOf(id))!)).toEqual({ name: 'joai.Decision', id: Decision.id })
      expect(identify((await other.latest('decisions-joai.Decision'))!).id).toBe(Decision.id)
    })

    test('knows neither schemas that were never registered nor those of another subject', async () => {
      expect(await registry.schemaOf(987_654)).toBeNull()
      expect(await registry.latest('nothing-joai.Tick')).toBeNull()
      expect(await registry.idOf('nothing-joai.Tick', Tick.json)).toBeNull()
      await registry.register('rewards-joai.Reward', Reward.json)
      expect(await registry.idOf('decisions-joai.Decision', Reward.json)).toBeNull()
    })

    test('accepts a version that can read the last one, and refuses one that cannot', async () => {
      const first = record('joai.Grown', field('a'))
      const second = record('joai.Grown', field('a'), field('b', { default: '' }))
      const third = record('joai.Grown', field('a'), field('b', { default: '' }), field('c'))
      const ids = [
        await registry.register('t-joai.Grown', first.json),
        await registry.register('t-joai.Grown', second.json),
      ]
      expect(new Set(ids).size).toBe(2)
      await expect(registry.register('t-joai.Grown', third.json)).rejects.toMatchObject({ code: 'incompatible-schema' })
      expect(identify((await (await open()).latest('t-joai.Grown'))!).id).toBe(second.id)
    })

    describe('the ids in front of records', () => {
      const now = record('joai.Seen', field('a'), field('more', { default: 'none' }))
      const seen = topic('seen', 'input', { seen: keyed(now, ({ a }: { a: string }) => a) })
      const value = { a: 'x', more: 'y' }
      const ids = (unknown: 'pause' | 'dead-letter' = 'pause') => openSchemaIds({ registry, topics: [seen], unknown })
      const outside = async (written: Schema<any>, given: object, subject = `seen-${written.name}`) => {
        const bytes = written.encode(given, headerLength)
        writeFrame(bytes, await registry.register(subject, written.json))
        return bytes
      }

      test('must be registered beforehand', async () => {
        await expect(ids()).rejects.toMatchObject({ code: 'schema-not-registered', message: /joai apply/ })
        for (const { subject, schema } of subjectsOf(seen)) await registry.register(subject, schema.json)
        await ids()
      })

      test('come from the registry on the broker, and are our own inside the program', async () => {
        const edge = await ids()
        const ours = encodeValue(seen.types.seen, value)
        const theirs = edge.outgoing('seen', ours)
        expect(schemaIdOf(theirs)).toBe(await registry.idOf('seen-joai.Seen', now.json))
        expect(schemaIdOf(ours)).toBe(now.id)
        expect(edge.prepare('seen', [theirs])).toBeNull()
        expect(Buffer.from(edge.incoming('seen', theirs))).toEqual(Buffer.from(ours))
      })

      test('of an older version are fetched once, and its records are read by our schema', async () => {
        const older = record('joai.Seen', field('a'))
        const bytes = await outside(older, { a: 'x' }, 'elsewhere-joai.Seen')
        const edge = await ids()
        await edge.prepare('seen', [bytes])
        expect(edge.prepare('seen', [bytes])).toBeNull()
        const inside = edge.incoming('seen', bytes)
        expect(typeOf(seen, inside)).toBe('seen')
        expect(now.decode(inside.subarray(headerLength), schemaIdOf(inside))).toEqual({ a: 'x', more: 'none' })
        expect(Buffer.from(edge.outgoing('seen', inside))).toEqual(Buffer.from(bytes))
      })

      test('that are unknown make the partition wait, and it continues once they are registered', async () => {
        const late = record('joai.Seen', field('a'), field('more', { default: '' }), field('later', { default: '' }))
        const bytes = late.encode({ a: 'x', more: 'y', later: 'z' }, headerLength)
        const edge = await ids()
        writeFrame(bytes, 987_654)
        await expect(edge.prepare('seen', [bytes])).rejects.toMatchObject({ code: 'unknown-schema', retryable: true })
        const registered = await outside(late, { a: 'x', more: 'y', later: 'z' })
        await edge.prepare('seen', [registered])
        expect(typeOf(seen, edge.incoming('seen', registered))).toBe('seen')
      })

      test('of a schema that belongs elsewhere make it wait as well', async () => {
        const edge = await ids()
        const elsewhere = await outside(record('joai.Heard', field('a')), { a: 'x' })
        await expect(edge.prepare('seen', [elsewhere])).rejects.toMatchObject({
          code: 'incompatible-schema',
          retryable: false,
        })
      })

      test('of an unreadable schema hold no input up, but a log of our own', async () => {
        const unreadable = await outside(record('joai.Seen', field('b')), { b: 'x' }, 'unreadable-joai.Seen')
        const edge = await ids()
        await edge.prepare('seen', [unreadable])
        const inside = edge.incoming('seen', unreadable)
        expect(() => decodeValue(seen.types.seen, inside)).toThrow(
          expect.objectContaining({
            reason: 'unresolvable-value',
            message: expect.stringMatching(/'a' is missing/),
          }) as Error,
        )
        const ours = topic('seen', 'internal', { seen: keyed(fresh(now), ({ a }: { a: string }) => a) })
        const own = await openSchemaIds({ registry, topics: [ours] })
        await expect(own.prepare('seen', [unreadable])).rejects.toMatchObject({ code: 'incompatible-schema' })
      })

      test('of another namespace are read on an input', async () => {
        const edge = await ids()
        const foreign = await outside(record('acme.Seen', field('a')), { a: 'x' })
        await edge.prepare('seen', [foreign])
        expect(decodeValue(seen.types.seen, edge.incoming('seen', foreign))).toEqual({ a: 'x', more: 'none' })
      })

      test('can be passed on, so that intake makes dead letters of their records', async () => {
        const edge = await ids('dead-letter')
        const bytes = encodeValue(seen.types.seen, value)
        writeFrame(bytes, 987_654)
        await edge.prepare('seen', [bytes, Buffer.from('{}')])
        expect(() => typeOf(seen, edge.incoming('seen', bytes))).toThrow(/does not belong to 'seen'/)
        expect(Buffer.from(edge.incoming('seen', Buffer.from('{}'))).toString()).toBe('{}')
      })

      test('that were refused are asked for again after a minute, since somebody may have registered them', async () => {
        vi.useFakeTimers({ toFake: ['performance'] })
        try {
          const edge = await ids('dead-letter')
          const bytes = encodeValue(seen.types.seen, value)
          writeFrame(bytes, 987_655)
          await edge.prepare('seen', [bytes])
          expect(() => typeOf(seen, edge.incoming('seen', bytes))).toThrow(/does not belong/)
          vi.advanceTimersByTime(59_000)
          expect(edge.prepare('seen', [bytes])).toBeNull()
          vi.advanceTimersByTime(2000)
          const asked = edge.prepare('seen', [bytes])
          expect(asked).not.toBeNull()
          await asked
        } finally {
          vi.useRealTimers()
        }
      })
    })
  })
}
