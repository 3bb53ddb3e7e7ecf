// @module-tag process
// @module-tag broker
// @module-tag slow

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { javaLacks } from '../connectors/kafka/broker/java-broker.ts'
import { BuiltPackage, lastLine, run } from '../testing/test/built-package.ts'
import { isWanted } from '../testing/test/tags.ts'

const lacks = isWanted('process', 'broker', 'slow') ? await javaLacks() : null

/** The exit codes of a benchmark that measured to its end: 1 says that a time was missed, which is no fault of the code on a busy machine. */
const measured = [0, 1]

/** Runs in .ci/long only. Each benchmark starts a broker of its own. */
const long = test.skipIf(!process.env.JOAI_LONG)

describe.skipIf(lacks !== null)(`benchmarks on a cluster${lacks === null ? '' : ` (skipped: ${lacks})`}`, () => {
  let built: BuiltPackage
  let folder: string

  beforeAll(() => {
    built = BuiltPackage.build()
    folder = mkdtempSync(join(tmpdir(), 'joai-benches-'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const bench = (...args: readonly string[]) => {
    const cache = process.env.JOAI_CACHE
    const env = cache === undefined ? {} : { JOAI_CACHE: cache }
    return run(process.execPath, [join(built.folder, 'dist/bench/bench.js'), ...args, '--json'], { cwd: folder, env })
  }

  long('a worker that is killed decides again from its store, and replays but the tail of its changelogs', async () => {
    const ran = await bench(
      ...['recovery', '--gigabytes', '0.02', '--repeats', '1', '--rate', '100', '--session-timeout', '2000'],
    )
    expect(measured).toContain(ran.code)
    const { stateBytes, replayed, changelogs } = lastLine(ran)
    expect(stateBytes.least).toBeGreaterThan(20_000_000)
    expect(changelogs.least).toBeGreaterThan(4000)
    expect(replayed.most).toBeLessThan(changelogs.least / 10)
  })

  long('workers that come, restart and go under load lose and double nothing', async () => {
    const ran = await bench(
      ...[
        'rolling',
        '--workers',
        '2',
        '--partitions',
        '3',
        '--rate',
        '100',
        '--rest',
        '1s',
        '--session-timeout',
        '3000',
      ],
    )
    expect(measured).toContain(ran.code)
    const { phases, triggers, decisions, longestGapMs, ...rolled } = lastLine(ran)
    expect(rolled).toMatchObject({ missing: 0, duplicates: 0, violations: 0, replayEqual: true })
    expect(phases.map(({ gapsMs }: { gapsMs: readonly number[] }) => gapsMs.length)).toEqual([3, 3, 3, 3])
    expect(triggers).toBeGreaterThan(100)
    expect(decisions).toBe(triggers)
    expect(longestGapMs).toBeGreaterThan(0)
  })

  test('wrong use is answered with a message', async () => {
    const { code, out, err } = await bench('recovery', '--gigabytes', 'many')
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('It must be a number, 0 or more.')
  })
})
