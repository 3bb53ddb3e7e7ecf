import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compactChangelog, storedChangelog } from './changelog-compaction.ts'
import { LogDatabase } from './log-database.ts'
import { closeDirectory, openDirectory } from './log-directory.ts'
import { keys } from './log-keys.ts'
import { type OffsetEntry, unpackChangelog } from './segments.ts'

const task = { subTopology: 'deciding', topic: 'in', partition: 0 }
const count = 300

describe('compaction of a changelog in the engine', () => {
  let directory: string
  let database: LogDatabase

  /** Puts each entry into its own segment, as if each had its own commit. */
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'joai-compaction-'))
    database = await LogDatabase.open(directory)
    for (let offset = 0; offset < count; offset++) {
      const entry = { offset, key: `row ${offset % 7}`, value: Buffer.from(`state ${offset}`) }
      await database.write([], storedChangelog(task, [entry]))
    }
  })

  afterEach(async () => {
    await database.close()
    rmSync(directory, { recursive: true })
  })

  const read = async (meanwhile: () => Promise<unknown> = async () => undefined): Promise<OffsetEntry[]> => {
    const entries: OffsetEntry[] = []
    for await (const { value } of database.segments(keys.changelogs(task, 0, count - 1))) {
      if (entries.length === 1) await meanwhile()
      entries.push(...unpackChangelog(value))
    }
    return entries
  }

  test('removes nothing from a reader that has begun', async () => {
    const before = await read()
    expect(before).toHaveLength(count)
    expect(await read(() => compactChangelog(database, task, count))).toEqual(before)
    expect((await read()).map(({ offset }) => offset)).toEqual(before.slice(-7).map(({ offset }) => offset))
  })

  test('leaves no segment that has no index key', async () => {
    await compactChangelog(database, task, count)
    await database.close()
    const opened = await openDirectory(directory)
    const places = await opened.keys(keys.locations).all()
    const leading = await opened.keys(keys.changelogs(task, 0, count - 1)).all()
    await closeDirectory(opened)
    expect([places.length, leading.length]).toEqual([1, 1])
  })
})
