// @module-tag process
// @module-tag slow

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BuiltPackage, lastLine, root } from '../../../testing/test/built-package.ts'

describe('joai load', () => {
  const folder = mkdtempSync(join(tmpdir(), 'joai-load-'))
  let built: BuiltPackage
  beforeAll(() => {
    built = BuiltPackage.build()
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const joai = (...args: string[]) => built.run(args, { cwd: folder })
  const small = ['--customers', '40', '--days', '2', '--rate', '3']

  test('writes the same history into a folder as in lines, and both are decided alike, as the page on it says', async () => {
    const page = readFileSync(join(root, 'docs/simulation.md'), 'utf8')
    const [load, replay] = [...page.matchAll(/^npm run -s joai -- (.*)$/gm)].map(([, command]) => command!.split(' '))
    const written = await joai(...load!, '--json')
    expect(written.code, written.err).toBe(0)
    const { records, events, consents, reference, control } = lastLine(written)
    expect(records).toBe(events + consents + reference + control)
    expect(control).toBe(1)
    expect(events).toBeGreaterThan(300)

    const lines = await joai(...load!.slice(0, load!.indexOf('--log')))
    expect(lines.out.trimEnd().split('\n')).toHaveLength(records)
    writeFileSync(join(folder, 'lines.jsonl'), lines.out)
    const fromLog = lastLine(await joai(...replay!, '--json'))
    const fromLines = lastLine(await joai('replay', '--adapter', 'json-lines', '--input', 'lines.jsonl', '--json'))
    expect(fromLog.decisions).toBeGreaterThan(100)
    expect(fromLines.decisionsHash).toBe(fromLog.decisionsHash)
    expect(lastLine(await joai('verify', '--log', 'load', '--json')).ok).toBe(true)
  })

  test('is as large and as untidy as was asked for', async () => {
    const count = async (...args: string[]) => {
      const { out } = await joai('load', '--customers', '30', '--days', '1', ...args)
      const lines = out
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line))
      const events = lines.filter(({ topic }) => topic === 'events').map(({ value }) => value)
      return {
        all: events.length,
        twice: events.length - new Set(events.map(({ eventId }) => eventId)).size,
        late: lines.filter(({ timestamp, value }) => timestamp - value.occurredAt > 3_000_000).length,
        names: new Set(events.flatMap(({ identifiers }) => identifiers[0].type)),
      }
    }
    const tidy = await count('--late', '0', '--duplicates', '0', '--disorder', '0s', '--burst', '0', '--skew', '0')
    expect(tidy).toMatchObject({ twice: 0, late: 0 })
    const wild = await count('--late', '0.5', '--duplicates', '0.5', '--disorder', '5m', '--rate', '10')
    expect(wild.all).toBeGreaterThan(2 * tidy.all)
    expect(Math.min(wild.twice, wild.late)).toBeGreaterThan(100)
    const grocers = await count('--release', join(built.folder, 'examples/grocery.yaml'))
    expect([...grocers.names]).toContain('household_id')
    expect([...tidy.names]).toContain('customer_id')
  })

  test('refuses what makes no sense, in one line', async () => {
    const wrong = [
      [['--skew', '2'], 'from 0 to 1'],
      [['--start', 'yesterday'], 'a time with a zone'],
      [['--rate', 'much'], 'a number, 0 or more'],
      [['--release', 'none.yaml'], 'none.yaml'],
      [['--log', 'kept'], 'holds records already'],
    ] as const
    await joai('load', ...small, '--log', 'kept')
    for (const [args, message] of wrong) {
      const { code, err, out } = await joai('load', ...args)
      expect({ code, out }, args.join(' ')).toEqual({ code: 2, out: '' })
      expect(err).toContain(message)
    }
  })
})
