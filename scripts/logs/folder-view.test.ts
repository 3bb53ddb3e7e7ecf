import { createHash } from 'node:crypto'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { days } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { journey } from '../../topology/journey.ts'
import { createTopics, writeHistory } from '../../topology/replay/history-writer.ts'
import { lawsRelease, randomHistory } from '../../topology/test/random-history.ts'
import { replaySecret } from '../config/config.ts'
import { askFolder } from '../query-server/ask.ts'
import { replayInput } from '../replay-proof/replay-input.ts'
import { openLog, type RunFolder, runFolder, runToQuiet } from './embedded.ts'
import { viewOf } from './folder-view.ts'

const topology = journey({ secret: replaySecret })
const options = { topology, store: 'rocksdb', batch: 50, cacheRows: 1000 } as const
let folder: RunFolder
let person = ''

/** A run of some weeks, and input behind it that was not decided yet. */
beforeAll(async () => {
  folder = runFolder(mkdtempSync(join(tmpdir(), 'joai-viewed-')))
  const history = [lawsRelease(), ...randomHistory(7, { records: 400, customers: 12 })]
  const early = history.filter(({ timestamp }) => timestamp < history[0]!.timestamp + days(14))
  await write(early)
  const run = await runToQuiet(folder, options)
  person = (await run.log.read(topics.decisions.name, 0, 0, 1))[0]!.key
  await run.close()
  await write(history.slice(early.length))
})
afterAll(() => rmSync(folder.directory, { recursive: true }))

async function write(records: Parameters<typeof writeHistory>[2]): Promise<void> {
  const log = await openLog(folder)
  await createTopics(log, topology, 2)
  await writeHistory(log, topology, records)
  await log.close()
}

/** What the folder holds: names, kinds, times of change and bytes. */
function content(): string[] {
  return readdirSync(folder.directory, { recursive: true, encoding: 'utf8' })
    .sort()
    .map(name => {
      const path = join(folder.directory, name)
      const found = lstatSync(path)
      const bytes = found.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''
      return `${name} ${found.mode} ${found.mtimeMs} ${bytes}`
    })
}

test('readers do not write to what they read or prove: not a byte, a name or a time', async () => {
  const before = content()
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    expect(await askFolder(folder.directory, 'tail', { topic: 'decisions', last: 3, follow: false, json: true })).toBe(
      0,
    )
    expect(await askFolder(folder.directory, 'verify', { json: true })).toBe(0)
    expect(await askFolder(folder.directory, 'person', { name: person, last: 3, json: true })).toBe(0)
  } finally {
    written.mockRestore()
  }
  const { isSame, finished } = await replayInput(folder.directory, options)
  expect(isSame).toBe(true)
  expect(finished.records).toBeGreaterThan(400)
  expect(content()).toEqual(before)
})

test('a view keeps the lock of its run, and the other way round', async () => {
  const view = viewOf(folder.directory)
  const log = await openLog(view)
  await expect(openLog(folder)).rejects.toMatchObject({ code: 'log-locked' })
  await log.close()
  view.dispose()
  const own = await openLog(folder)
  const other = viewOf(folder.directory)
  await expect(openLog(other)).rejects.toMatchObject({
    code: 'log-locked',
    message: expect.stringContaining(`'${join(folder.directory, 'log')}' is in use by this process`),
  })
  other.dispose()
  await own.append([])
  await own.close()
})
