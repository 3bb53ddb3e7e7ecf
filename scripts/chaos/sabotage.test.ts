// @module-tag process
// @module-tag broker
// @module-tag slow

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { BuiltPackage, lastLine, run } from '../../testing/test/built-package.ts'

const broker = inject('broker')

describe.skipIf('lacks' in broker)('a rule that is left out is found by the chaos run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'joai-sabotage-'))
  let built: BuiltPackage
  beforeAll(() => {
    built = BuiltPackage.build()
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  /** Forces nothing: faults are injected at random until the damage is seen, which took up to a dozen of them. */
  async function sabotaged(rule: string) {
    const script = join(built.folder, 'dist/scripts/chaos/chaos.js')
    const small = ['--kills', '30', '--workers', '2', '--partitions', '2', '--customers', '100', '--session', '1s']
    const ran = await run(process.execPath, [script, '--json', '--sabotage', rule, ...small], {
      cwd: folder,
      env: { TMPDIR: folder },
    })
    const report = lastLine(ran)
    expect(report, ran.err).toMatchObject({ ok: false, stuck: expect.any(String) })
    expect(ran.code).toBe(1)
    const [, kept] = /kept the logs and stores of the workers and a dump of the topics in (.*)/.exec(ran.err)!
    for (const file of ['report.json', 'workers.log', 'topics/decisions.jsonl', 'topics/people.jsonl'])
      expect(existsSync(join(kept!, file)), file).toBe(true)
    return report
  }

  test('with positions apart from what was written: a position is ahead of its checkpoint', async () => {
    const { alarms } = await sabotaged('positionsApart')
    const [, position, checkpoint] = /the log says position (\d+), the checkpoint (\d+)/.exec(alarms[0])!
    expect(Number(position)).toBeGreaterThan(Number(checkpoint))
  })

  // These need a worker that comes back at the wrong moment, or overlapping aborts, and so take too long but for .ci/long.
  test.skipIf(!process.env.JOAI_LONG).each([
    ['without the fence: a worker that lost its tasks still commits', 'withoutFence'],
    ["with kafkajs's own filter: aborted records are read", 'kafkajsFilter'],
  ])('%s', async (_, rule) => {
    const { duplicates, alarms } = await sabotaged(rule)
    expect(duplicates + alarms.length).toBeGreaterThan(0)
  })
})
