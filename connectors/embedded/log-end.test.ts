import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Log } from '../../topology/log/log.ts'
import { openEmbeddedLog } from './embedded-log.ts'
import { closeDirectory, openDirectory } from './log-directory.ts'
import { anchorName } from './log-end.ts'
import { keys } from './log-keys.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'joai-end-'))
})
afterEach(() => rmSync(parent, { recursive: true }))

const folder = (name: string): string => join(parent, name)
const record = (n: number) => ({
  topic: 'in',
  partition: 0,
  key: `${n}`,
  value: Buffer.alloc(2000, `${n % 10}`),
  timestamp: n,
})
async function append(log: Log, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n++) await log.append([record(n)])
}

/** Writes this many records, and copies the folder as a kill of the process would leave it. */
async function killed(name: string, count: number, isSynced = false): Promise<string> {
  const log = await openEmbeddedLog(folder('living'), { isSynced })
  await log.createTopic('in', 1)
  await append(log, await log.end('in', 0), count)
  cpSync(folder('living'), folder(name), { recursive: true, filter: source => !source.endsWith('LOCK') })
  await log.close()
  return folder(name)
}

/** The number of records that a folder holds, or why it can't be opened; and what was said meanwhile. */
async function opened(directory: string): Promise<{ end: number | string; said: string[] }> {
  const said: string[] = []
  try {
    const log = await openEmbeddedLog(directory, { warn: text => said.push(text) })
    const end = log.topics().has('in') ? await log.end('in', 0) : 0
    await log.close()
    return { end, said }
  } catch (error) {
    return { end: (error as { readonly code: string }).code, said }
  }
}

/** The file to which the engine writes ahead. */
const writeAhead = (directory: string): string =>
  join(
    directory,
    readdirSync(directory)
      .filter(name => /^\d+\.log$/.test(name))
      .sort()
      .at(-1)!,
  )
const cut = (file: string, bytes: number): void => truncateSync(file, Math.max(0, statSync(file).size - bytes))

describe('the end of the log', () => {
  test('is where it was acknowledged, after a kill and after an orderly end', async () => {
    const directory = await killed('killed', 30)
    for (let round = 0; round < 3; round++) expect(await opened(directory)).toEqual({ end: 30, said: [] })
    expect(await opened(folder('living'))).toEqual({ end: 30, said: [] })
  })

  test('is kept from now on in a folder of an earlier version, which kept none', async () => {
    const directory = await killed('earlier', 30)
    const earlier = await openDirectory(directory)
    await earlier.batch([
      { type: 'del', key: keys.end },
      { type: 'put', key: keys.format, value: Buffer.from('4') },
    ])
    await closeDirectory(earlier)
    rmSync(join(directory, anchorName))
    for (const end of [30, 40]) {
      expect(await opened(directory)).toEqual({ end, said: [] })
      // The earlier version does not know this format: it would write on without an end.
      const database = await openDirectory(directory)
      expect(Buffer.from((await database.get(keys.format))!).toString()).toBe('5')
      await closeDirectory(database)
      const log = await openEmbeddedLog(directory)
      await append(log, end, 10)
      await log.close()
    }
    cut(writeAhead(directory), 5000)
    expect(await opened(directory)).toEqual({ end: 'log-cut', said: [] })
  })

  test('is missed when its tail was cut off, and a person may accept the loss', async () => {
    const directory = await killed('killed', 30)
    cut(writeAhead(directory), 5000)
    for (let round = 0; round < 2; round++) expect(await opened(directory)).toEqual({ end: 'log-cut', said: [] })
    rmSync(join(directory, anchorName))
    const { end, said } = await opened(directory)
    expect(end).toBeGreaterThan(20)
    expect(end).toBeLessThan(30)
    expect(said).toEqual([expect.stringContaining('has no whole anchor')])
    expect(await opened(directory)).toEqual({ end, said: [] })
  })

  test('is missed when all of it is gone, or the files are those of an earlier copy', async () => {
    const earlier = await killed('earlier', 10)
    const later = await killed('later', 10)
    copyFileSync(join(later, anchorName), join(earlier, anchorName))
    expect((await opened(earlier)).end).toBe('log-cut')
    truncateSync(writeAhead(later), 0)
    expect((await opened(later)).end).toBe('log-cut')
    for (const name of readdirSync(later)) if (name !== anchorName) rmSync(join(later, name))
    expect((await opened(later)).end).toBe('log-cut')
  })

  test('is missed when the log went on from there in another way, with as many writes', async () => {
    const one = await killed('one', 10)
    const other = folder('other')
    cpSync(one, other, { recursive: true })
    for (const [directory, first] of [
      [one, 10],
      [other, 11],
    ] as const) {
      const log = await openEmbeddedLog(directory)
      await log.append([record(first)])
      await log.close()
    }
    copyFileSync(join(one, anchorName), join(other, anchorName))
    expect((await opened(other)).end).toBe('log-cut')
  })

  test('may be one write past its anchor, as after a kill between both; further is told', async () => {
    const directory = await killed('killed', 10)
    copyFileSync(join(directory, anchorName), folder('anchor'))
    for (const [count, said] of [
      [1, []],
      [3, [expect.stringContaining('is older than the log')]],
    ] as const) {
      const log = await openEmbeddedLog(directory)
      const end = await log.end('in', 0)
      // The anchor of the last start, as the engine may have been written to since.
      copyFileSync(join(directory, anchorName), folder('anchor'))
      await append(log, end, count)
      await log.close()
      copyFileSync(folder('anchor'), join(directory, anchorName))
      expect(await opened(directory)).toEqual({ end: end + count, said })
    }
  })

  test('has an anchor that is one whole slot when the other is torn; without any, that is told', async () => {
    const directory = await killed('killed', 11)
    truncateSync(join(directory, anchorName), 30)
    expect(await opened(directory)).toEqual({ end: 11, said: [] })
    writeFileSync(join(directory, anchorName), 'not an anchor at all, but fifty bytes of some text')
    const { end, said } = await opened(directory)
    expect([end, said.length]).toEqual([11, 1])
  })

  test('stays what it is with `fsync`', async () => {
    expect(await opened(await killed('killed', 5, true))).toEqual({ end: 5, said: [] })
  })
})

test('whatever file is damaged, the log opens with everything, says what it can not confirm, or stops with a code', async () => {
  // Several files of segments and a longer manifest, as a log has that was closed and opened again.
  for (let round = 0; round < 3; round++) await killed('killed', 40)
  const directory = await killed('last', 40)
  const outcomes: Record<string, number> = {}
  for (const name of readdirSync(directory)) {
    const { size } = statSync(join(directory, name))
    for (const kept of [0, Math.floor(size / 2), size - 1, size - 40]) {
      if (kept < 0 || kept >= size) continue
      const damaged = folder('damaged')
      cpSync(directory, damaged, { recursive: true })
      truncateSync(join(damaged, name), kept)
      const { end, said } = await opened(damaged)
      const outcome =
        typeof end === 'string' ? end : `${end === 160 ? 'whole' : 'SHORT'}${said.length > 0 ? ', told' : ''}`
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      expect(outcome, `${name} cut to ${kept} of ${size}`).not.toMatch(/SHORT/)
      rmSync(damaged, { recursive: true })
    }
  }
  expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(['log-cut', 'whole']))
})
