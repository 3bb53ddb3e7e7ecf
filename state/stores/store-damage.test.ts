// @module-tag law

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLevelStore } from './level-store.ts'
import { openRocksdbStore } from './rocksdb-store.ts'
import { type Store, StoreError } from './store.ts'

const batches = 40
const rowsPerBatch = 25
const keys = Array.from({ length: batches * rowsPerBatch }, (_, i) => `person-${i}`)
// Half of the bytes are random and half are repeated, as in real rows.
const values = keys.map((key, i) => {
  const random = Array.from({ length: 400 }, (_, j) => Math.imul(i * 400 + j, 2654435761) >>> 24)
  return Buffer.concat([Buffer.from(`${key} `), Buffer.from(random), Buffer.alloc(400, 'abcdefgh')])
})

interface Seen {
  readonly verdict: 'right' | 'behind' | 'holed' | 'wrong' | 'store-corrupt' | 'store-failed' | 'store-locked'
  readonly batches: number
}

/** Opens a store, reads every row that was ever written, and judges what was found. */
async function look(open: (directory: string) => Promise<Store>, directory: string): Promise<Seen> {
  let store: Store | undefined
  try {
    store = await open(directory)
    const found = await store.getMany(keys)
    if (found.some((value, i) => value !== undefined && !values[i]!.equals(value)))
      return { verdict: 'wrong', batches: 0 }
    const present = found.filter(value => value !== undefined).length
    const isPrefix = found.slice(0, present).every(value => value !== undefined) && present % rowsPerBatch === 0
    if (!isPrefix) return { verdict: 'holed', batches: 0 }
    return { verdict: present === keys.length ? 'right' : 'behind', batches: present / rowsPerBatch }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    expect(error.message).toContain(directory)
    return { verdict: error.code, batches: 0 }
  } finally {
    await store?.close().catch(() => undefined)
  }
}

describe.each([
  ['level', openLevelStore, /\.ldb$/],
  ['RocksDB', openRocksdbStore, /\.sst$/],
] as const)('a damaged %s store', (name, open, tables) => {
  let folder: string
  let trials = 0
  const isLevel = name === 'level'

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'joai-damage-'))
    const store = await open(join(folder, 'log'))
    for (let from = 0; from < keys.length; from += rowsPerBatch)
      await store.write(keys.slice(from, from + rowsPerBatch).map((key, i) => ({ key, value: values[from + i]! })))
    // Level leaves its rows in the write-ahead log when it closes, and so does a killed RocksDB.
    if (isLevel) await store.close()
    cpSync(join(folder, 'log'), join(folder, 'killed'), { recursive: true })
    cpSync(join(folder, 'log'), join(folder, 'tables'), { recursive: true })
    if (!isLevel) await store.close()
    // Opening a store moves its log into tables.
    await (await open(join(folder, 'tables'))).close()
    await halves(join(folder, 'halves'), join(folder, 'continued'))
  })

  /** The first half of the rows in tables, the second in the write-ahead log of a process that was killed. */
  async function halves(directory: string, killed: string): Promise<void> {
    const half = keys.length / 2
    let live = await open(directory)
    await live.write(keys.slice(0, half).map((key, i) => ({ key, value: values[i]! })))
    await live.close()
    live = await open(directory)
    await live.write(keys.slice(half).map((key, i) => ({ key, value: values[half + i]! })))
    cpSync(directory, killed, { recursive: true })
    await live.close()
  }
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Damages one file of a copy, and judges what a store finds in it. */
  async function damaged(source: string, file: string, damage: (bytes: Buffer) => Buffer): Promise<Seen> {
    const copy = join(folder, `trial-${trials++}`)
    cpSync(join(folder, source), copy, { recursive: true })
    writeFileSync(join(copy, file), damage(readFileSync(join(copy, file))))
    const seen = await look(open, copy)
    rmSync(copy, { recursive: true })
    return seen
  }

  /** Lists `count` offsets in each of these files. */
  function places(source: string, names: RegExp, count: number): [file: string, at: number][] {
    const found = readdirSync(join(folder, source)).filter(file => names.test(file))
    return found.flatMap(file => {
      const size = readFileSync(join(folder, source, file)).length
      return Array.from({ length: Math.min(size, count) }, (_, i): [string, number] => [
        file,
        Math.floor((i + 0.37) * (size / Math.min(size, count))),
      ])
    })
  }

  async function tally(seen: Iterable<Promise<Seen>>): Promise<Partial<Record<Seen['verdict'], number>>> {
    const counts: Partial<Record<Seen['verdict'], number>> = {}
    for (const one of seen) {
      const { verdict } = await one
      counts[verdict] = (counts[verdict] ?? 0) + 1
    }
    return counts
  }

  function* flipped(source: string, hit: [string, number][], bit: (at: number) => number): Iterable<Promise<Seen>> {
    for (const [file, at] of hit)
      yield damaged(source, file, bytes => {
        bytes[at]! ^= 1 << bit(at)
        return bytes
      })
  }

  const flips = (source: string, names: RegExp, count: number) =>
    flipped(source, places(source, names, count), at => (at * 5) % 8)

  test('reads what was written as long as nothing is damaged', async () => {
    for (const source of ['tables', 'killed'])
      expect(await damaged(source, 'CURRENT', bytes => bytes)).toEqual({ verdict: 'right', batches })
  })

  test('a flipped bit in a table is detected and never becomes a wrong value', async () => {
    const counts = await tally(flips('tables', tables, 80))
    const total = Object.values(counts).reduce((sum, n) => sum + n)
    expect(total).toBeGreaterThanOrEqual(80)
    expect(counts.wrong).toBeUndefined()
    expect(counts['store-corrupt']).toBeGreaterThan(total * 0.9)
    // LevelDB's binding does not detect damage to a key, an index or a filter, which hides rows.
    const hidden = (counts.holed ?? 0) + (counts.behind ?? 0)
    expect(hidden).toBeLessThanOrEqual(isLevel ? total * 0.1 : 0)
  })

  test('a flipped bit in the write-ahead log is detected, wherever it is', async () => {
    const counts = await tally(flips('killed', /\.log$/, 30))
    expect(Object.keys(counts)).toEqual(['store-corrupt'])
  })

  test('a write-ahead log that is torn at its end leaves the complete batches before it', async () => {
    const left = new Set<number>()
    for (const [file, at] of places('killed', /\.log$/, 16)) {
      const { verdict, batches: whole } = await damaged('killed', file, bytes => bytes.subarray(0, at))
      expect(verdict).toBe('behind')
      left.add(whole)
    }
    expect(left.size).toBeGreaterThan(8)
  })

  test('a truncated or missing table is detected', async () => {
    for (const [file, at] of places('tables', tables, 10))
      expect(await damaged('tables', file, bytes => bytes.subarray(0, at))).toEqual({
        verdict: 'store-corrupt',
        batches: 0,
      })
    const copy = join(folder, 'gone')
    cpSync(join(folder, 'tables'), copy, { recursive: true })
    for (const file of readdirSync(copy)) if (tables.test(file)) rmSync(join(copy, file))
    expect(await look(open, copy)).toEqual({ verdict: 'store-corrupt', batches: 0 })
  })

  test('whatever byte of the manifest is damaged, the store is reported as damaged or is as it was earlier', async () => {
    const manifest = readdirSync(join(folder, 'tables')).find(file => file.startsWith('MANIFEST'))!
    // The type of the manifest's second record: RocksDB would spin for ever on it.
    const type = 7 + readFileSync(join(folder, 'tables', manifest)).readUInt16LE(4) + 6
    const hit: [string, number][] = [[manifest, type], ...places('tables', /^(MANIFEST|CURRENT)/, 100)]
    const {
      'store-corrupt': found = 0,
      behind = 0,
      right = 0,
      ...others
    } = await tally(flipped('tables', hit, () => 2))
    expect(others).toEqual({})
    expect(found + behind + right).toBe(hit.length)
    expect(found).toBeGreaterThan(0.9 * hit.length)
  })

  test('a torn manifest is detected, since older rows would be missing', async () => {
    expect(await damaged('continued', 'CURRENT', bytes => bytes)).toEqual({ verdict: 'right', batches })
    const [name] = readdirSync(join(folder, 'continued')).filter(file => file.startsWith('MANIFEST'))
    const whole = readFileSync(join(folder, 'continued', name!))
    const ends = new Set<number>()
    for (let at = 0; at < whole.length; at += 7 + whole.readUInt16LE(at + 4)) ends.add(at)
    const cuts = places('continued', /^MANIFEST/, 60).filter(([, at]) => !ends.has(at))
    expect(cuts.length).toBeGreaterThan(50)
    for (const [file, at] of cuts)
      expect(await damaged('continued', file, bytes => bytes.subarray(0, at))).toEqual({
        verdict: 'store-corrupt',
        batches: 0,
      })
  })

  test('the same process can delete a damaged folder and create it again', async () => {
    const copy = join(folder, 'anew')
    cpSync(join(folder, 'tables'), copy, { recursive: true })
    writeFileSync(join(copy, 'CURRENT'), 'nonsense')
    expect(await look(open, copy)).toEqual({ verdict: 'store-corrupt', batches: 0 })
    rmSync(copy, { recursive: true })
    expect(await look(open, copy)).toEqual({ verdict: 'behind', batches: 0 })
  })
})
