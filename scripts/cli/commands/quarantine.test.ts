// @module-tag process

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { brittleModule } from '../../../testing/test/brittle-module.ts'
import { BuiltPackage, lastLine } from '../../../testing/test/built-package.ts'

describe('a folder in which something throws under a release', () => {
  const folder = mkdtempSync(join(tmpdir(), 'joai-quarantine-'))
  let built: BuiltPackage
  beforeAll(() => {
    built = BuiltPackage.build()
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const env = { JOAI_CONFIG: 'joai.yaml' }
  const joai = (...args: string[]) => built.run(args, { cwd: folder, env })
  const lived = (until: string) =>
    joai(
      'demo',
      '--log',
      'demo',
      '--customers',
      '40',
      '--speed',
      '0',
      '--until',
      until,
      '--release',
      'v1.yaml',
      '--json',
    )
  const breaksUnder = (condition: string) =>
    writeFileSync(join(built.folder, 'dist/brittle.js'), brittleModule(condition))
  const version = (n: number) => {
    const file = `v${n}.yaml`
    const retail = readFileSync(join(built.folder, 'examples/retail.yaml'), 'utf8')
    writeFileSync(join(folder, file), retail.replace(/^version: .*$/m, `version: ${n}`))
    return file
  }
  const versionOfLast = async () => {
    const last = await joai('tail', 'decisions', '--log', 'demo', '--last', '1', '--json')
    return lastLine(last).value.provenance.releaseVersion
  }

  test('is gone on with by the release before, and one in which nothing goes on is brought back by a command', async () => {
    writeFileSync(join(folder, 'joai.yaml'), `extension: ${join(built.folder, 'dist/brittle.js')}\n`)
    for (const n of [1, 2, 3, 4]) version(n)
    breaksUnder('false')
    expect(await lived('2h')).toMatchObject({ code: 0, err: '' })

    // Tried out, it is refused, and nothing is written.
    breaksUnder('releaseVersion === 2')
    const refused = await joai('release', 'v2.yaml', '--log', 'demo')
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/'brittle' failed .*\[trial-failed\]\n$/) })

    // With the bug unseen, it is in force, and throws later: the release before goes on.
    breaksUnder('false')
    expect(await joai('release', 'v2.yaml', '--log', 'demo')).toMatchObject({ code: 0 })
    breaksUnder('releaseVersion === 2')
    expect(await lived('5h')).toMatchObject({ code: 0, err: '' })
    expect(await versionOfLast()).toBe(1)
    const letters = await joai('tail', 'dead-letters', '--log', 'demo', '--last', '1000', '--json')
    expect(letters.out).toContain('release-quarantined')

    // Nothing goes on: the demo ends, and says by what it is brought back.
    breaksUnder('releaseVersion !== 4')
    expect(await lived('6h')).toMatchObject({ code: 3, err: expect.stringMatching(/\[stuck\]/) })
    expect(await joai('release', 'v4.yaml', '--log', 'demo', '--json')).toMatchObject({ code: 0 })
    expect(await lived('6h')).toMatchObject({ code: 0 })
    expect(await versionOfLast()).toBe(4)
    expect(await joai('verify', '--log', 'demo')).toMatchObject({ code: 0 })
  })
})
