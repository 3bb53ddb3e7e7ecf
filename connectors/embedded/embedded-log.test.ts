import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ChangelogEntry, ConnectorError, Log } from '../../topology/log/log.ts'
import { logContract } from '../test/log-contract.ts'
import { openEmbeddedLog } from './embedded-log.ts'
import { closeDirectory, type Database, openDirectory } from './log-directory.ts'
import { keys, segmentKey } from './log-keys.ts'

const newDirectory = (): string => join(mkdtempSync(join(tmpdir(), 'joai-log-')), 'log')

const underTest = async (options = {}) => {
  const directory = newDirectory()
  const log = await openEmbeddedLog(directory, options)
  let current = log
  return {
    log,
    begin: null,
    reopen: async () => {
      await current.close()
      current = await openEmbeddedLog(directory, options)
      return current
    },
    dispose: async () => {
      await current.close()
      rmSync(join(directory, '..'), { recursive: true })
    },
  }
}

logContract('embedded', () => underTest())
logContract('embedded, with hardly any memory,', () => underTest({ tailBytesMax: 700 }))
logContract(
  'memory',
  async () => ({ log: await openEmbeddedLog(null), reopen: null, begin: null, dispose: async () => undefined }),
  { durable: false, aborts: false, together: true, dense: true },
)

describe('the directory of the embedded log', () => {
  test('belongs to one opener at a time, also within a process, and is free again after closing', async () => {
    const directory = newDirectory()
    const log = await openEmbeddedLog(directory)
    const refused = await openEmbeddedLog(directory).catch((error: ConnectorError) => error)
    expect(refused).toMatchObject({ code: 'log-locked', message: expect.stringContaining(directory) })
    await log.close()
    const again = await openEmbeddedLog(directory)
    await again.close()
    rmSync(join(directory, '..'), { recursive: true })
  })

  test('of another format is refused every time, and stays unchanged', async () => {
    const directory = newDirectory()
    await (await openEmbeddedLog(directory)).close()
    const opened = await openDirectory(directory)
    await opened.put(keys.format, Buffer.from('3'))
    await closeDirectory(opened)
    for (let i = 0; i < 2; i++)
      await expect(openEmbeddedLog(directory)).rejects.toMatchObject({
        code: 'log-unusable',
        message: 'the log is of format 3; this JOAI reads 5 and 4',
      })
    rmSync(join(directory, '..'), { recursive: true })
  })

  test('a closed log refuses everything', async () => {
    const directory = newDirectory()
    const log = await openEmbeddedLog(directory)
    await log.createTopic('in', 1)
    await log.close()
    await expect(log.append([])).rejects.toMatchObject({ code: 'log-closed' })
    await expect(log.acquire({ subTopology: 's', topic: 'in', partition: 0 })).rejects.toMatchObject({
      code: 'log-closed',
    })
    rmSync(join(directory, '..'), { recursive: true })
  })
})

describe('compaction of a changelog', () => {
  const id = { subTopology: 'deciding', topic: 'in', partition: 0 }
  let directory: string
  let log: Log

  beforeEach(async () => {
    directory = newDirectory()
    log = await openEmbeddedLog(directory, { compactAfter: 400 })
    await log.createTopic('in', 1)
  })

  afterEach(async () => {
    await log.close()
    rmSync(join(directory, '..'), { recursive: true })
  })

  const reopen = async () => {
    await log.close()
    log = await openEmbeddedLog(directory, { compactAfter: 400 })
  }

  const read = async (from: number): Promise<ChangelogEntry[]> => {
    const found: ChangelogEntry[] = []
    for (let at = from; ; ) {
      const { entries, next } = await log.changelog(id, at, 50)
      found.push(...entries)
      if (next === at) return found
      at = next
    }
  }

  const latest = (entries: readonly ChangelogEntry[]): Record<string, string | null> =>
    Object.fromEntries(entries.map(({ key, value }) => [key, value === null ? null : Buffer.from(value).toString()]))

  /** Commits changes to 25 rows, 20 at a time; every eleventh is a tombstone. */
  const write = async (history: ChangelogEntry[], count: number) => {
    const owner = await log.acquire(id)
    for (let left = count; left > 0; left -= 20) {
      const changelog = Array.from({ length: 20 }, (_, i) => {
        const n = history.length + i
        return {
          key: `row ${(n * 7) % 25}`,
          value: n % 11 === 0 ? null : Buffer.from(`state ${n} ${'x'.repeat(n % 300)}`),
        }
      })
      await log.commit([{ owner, position: history.length + 20, outputs: [], changelog, checkpoint: Buffer.from('') }])
      history.push(...changelog)
    }
  }

  test('drops overwritten values; from any offset the latest value of every row that changed since is there', async () => {
    const history: ChangelogEntry[] = []
    await write(history, 2000)
    expect(await read(0)).toHaveLength(2000)
    await log.acquire(id)
    await expect.poll(async () => (await read(0)).length).toBe(25)
    for (const from of [0, 1, 500, 1970, 1980, 1999])
      expect(latest(await read(from))).toMatchObject(latest(history.slice(from)))
    expect(latest(await read(0))).toEqual(latest(history))
    expect((await log.acquire(id)).changelogEnd).toBe(2000)
  })

  test('runs while others commit and read, and is restored after reopening', async () => {
    const history: ChangelogEntry[] = []
    await write(history, 1000)
    await log.acquire(id)
    await write(history, 1000)
    expect(latest(await read(0))).toEqual(latest(history))
    await expect.poll(async () => (await read(0)).length).toBeLessThan(1100)
    await reopen()
    expect(latest(await read(0))).toEqual(latest(history))
    expect((await log.acquire(id)).changelogEnd).toBe(2000)
    await write(history, 100)
    expect(latest(await read(0))).toEqual(latest(history))
  })
})

describe('a log whose files were damaged', () => {
  const task = { subTopology: 'deciding', topic: 'in', partition: 0 }
  const damages: Record<string, (database: Database, key: string) => Promise<unknown>> = {
    'a bit flipped': async (database, key) => {
      const bytes = Buffer.from((await database.get(key))!)
      const at = Math.floor(bytes.length / 2)
      bytes[at] = bytes[at]! ^ 1
      await database.put(key, bytes)
    },
    'the last bytes gone': async (database, key) => database.put(key, (await database.get(key))!.slice(0, -3)),
    'nothing left': (database, key) => database.put(key, Buffer.alloc(0)),
    'another’s value': async (database, key) => database.put(key, (await database.get(keys.topic('out')))!),
  }
  interface Place {
    readonly key: string
    /** The text that the error must hold. */
    readonly named: string
    readonly read: (log: Log) => Promise<unknown>
  }
  const at = (key: string, read: Place['read']): Place => ({ key, named: key, read })
  const segment = keys.segment('in', 0, 9)
  const changelog = keys.changelog(task, 0)
  const changelogPlace = segmentKey(1)
  const places: Record<string, Place> = {
    records: { key: segmentKey(0), named: segment, read: log => log.read('in', 0, 3, 2) },
    'place of records': at(segment, log => log.read('in', 0, 3, 2)),
    changelog: { key: changelogPlace, named: changelog, read: log => log.changelog(task, 0, 10) },
    'place of a changelog': at(changelog, log => log.changelog(task, 0, 10)),
    // Tasks and topics are kept in memory, so they are read when the log is opened.
    task: at(keys.task(task), log => log.end('in', 0)),
    topic: at(keys.topic('in'), log => log.end('in', 0)),
  }
  const cases = Object.keys(places).flatMap(place => Object.keys(damages).map(damage => [place, damage] as const))

  const written = async (): Promise<string> => {
    const directory = newDirectory()
    const log = await openEmbeddedLog(directory)
    for (const topic of ['in', 'out']) await log.createTopic(topic, 1)
    const value = Buffer.from('one record among ten')
    await log.append(
      Array.from({ length: 10 }, (_, n) => ({ topic: 'in', partition: 0, key: `${n}`, value, timestamp: n })),
    )
    const owner = await log.acquire(task)
    const changelog = [{ key: 'row', value: Buffer.from('a row') }]
    await log.commit([{ owner, position: 4, outputs: [], changelog, checkpoint: Buffer.from('checkpoint') }])
    await log.close()
    return directory
  }

  test.each(cases)('gives no wrong %s: %s', async (place, damage) => {
    const directory = await written()
    const { key, named, read } = places[place]!
    const opened = await openDirectory(directory)
    await damages[damage]!(opened, key)
    await closeDirectory(opened)
    const told = openEmbeddedLog(directory).then(async opened => read(opened).finally(() => opened.close()))
    await expect(told).rejects.toMatchObject({ code: 'log-corrupt', message: expect.stringContaining(named) })
    rmSync(join(directory, '..'), { recursive: true })
  })

  test.each([
    ['records', segment, keys.locations.gte],
    ['changelog', changelog, changelogPlace],
  ])('is not opened without the %s that it leads to', async (_, named, from) => {
    const directory = await written()
    const opened = await openDirectory(directory)
    await opened.clear({ ...keys.locations, gte: from })
    await closeDirectory(opened)
    const told = openEmbeddedLog(directory)
    await expect(told).rejects.toMatchObject({ code: 'log-corrupt', message: expect.stringContaining(named) })
    rmSync(join(directory, '..'), { recursive: true })
  })

  test('names a record that is missing between others', async () => {
    const directory = await written()
    let log = await openEmbeddedLog(directory)
    await log.append([{ topic: 'out', partition: 0, key: '', value: Buffer.from('later'), timestamp: 0 }])
    await log.close()
    const opened = await openDirectory(directory)
    await opened.del(segmentKey(0))
    await closeDirectory(opened)
    log = await openEmbeddedLog(directory)
    await expect(log.read('in', 0, 0, 1)).rejects.toMatchObject({ code: 'log-corrupt' })
    await log.close()
    rmSync(join(directory, '..'), { recursive: true })
  })
})
