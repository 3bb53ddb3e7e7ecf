// @module-tag process
// @module-tag broker
// @module-tag slow

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { parcelHistory } from '../../examples/test/parcel-history.ts'
import { BuiltPackage, lastLine, run } from '../../testing/test/built-package.ts'

const broker = inject('broker')

describe('npm run chaos', () => {
  const folder = mkdtempSync(join(tmpdir(), 'joai-chaos-test-'))
  let built: BuiltPackage
  beforeAll(() => {
    built = BuiltPackage.build()
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  const chaos = (...args: string[]) => {
    const script = join(built.folder, 'dist/scripts/chaos/chaos.js')
    // The files of a failed run must outlive this test, whose temporary files are deleted.
    return run(process.execPath, [script, '--json', ...args], { cwd: folder, env: { TMPDIR: dirname(tmpdir()) } })
  }

  test('says in one line what is wrong with how it is asked', async () => {
    const error = '--workers must be 1 or more, and no more than --partitions'
    expect(await chaos('--workers', '7', '--partitions', '6')).toMatchObject({
      code: 2,
      out: `${JSON.stringify({ error, exitCode: 2 })}\n`,
      err: `joai: ${error}\n`,
    })
  })

  test.skipIf('lacks' in broker)(
    "someone's own topology puts out what one process does, also under kills, freezes and lost stores",
    async () => {
      const history = parcelHistory(23, 3000).map(
        ({ topic, key, timestamp, value }) =>
          `${JSON.stringify({ topic, key, timestamp, base64: Buffer.from(value).toString('base64') })}\n`,
      )
      writeFileSync(join(folder, 'parcels.jsonl'), history.join(''))
      const parcels = ['--topology', join(built.folder, 'dist/examples/05-parcels/topology.js')]
      expect(await chaos(...parcels)).toMatchObject({
        code: 2,
        err: expect.stringMatching(
          /customers know nothing of '.*05-parcels.*': give a history by --adapter and --input/,
        ),
      })
      const input = ['--adapter', 'json-lines', '--input', 'parcels.jsonl']
      const ran = await chaos(...parcels, ...input, '--kills', '6', '--workers', '2', '--session', '2s')
      const { kills, ...report } = lastLine(ran)
      expect(report, ran.err).toMatchObject({
        ...{ ok: true, records: history.length, missing: 0, duplicates: 0, outputsEqual: true, stuck: null },
        ...{ alarms: [], findings: [] },
      })
      const { brokerRestarted, ...faults } = kills as Record<string, number>
      expect(faults).toEqual({ killed: 1, killedCommitting: 1, frozen: 1, frozenCommitting: 1, wiped: 1, torn: 1 })
      expect(brokerRestarted).toBe(process.env.KAFKA_BROKERS ? 0 : 2)
      expect(report.outputs).toBeGreaterThan(history.length / 2)
      for (const count of ['takeovers', 'restores']) expect(report[count]).toBeGreaterThan(0)
      expect(ran.code).toBe(0)
    },
  )

  test.skipIf('lacks' in broker)(
    'ten workers killed or frozen, and the broker killed twice: nothing is lost, doubled or decided otherwise',
    async () => {
      const seed = process.env.JOAI_SEED ?? String(Date.now())
      console.info(`seed ${seed}: JOAI_SEED=${seed} repeats it`)
      const ran = await chaos('--kills', '10', '--customers', '800', '--session', '2s', '--seed', seed)
      const report = lastLine(ran)
      expect(report, ran.err).toMatchObject({
        ...{ ok: true, seed, missing: 0, duplicates: 0, violations: 0, stateHashEqual: true, stuck: null },
        ...{ alarms: [], findings: [] },
      })
      const { brokerRestarted, ...kills } = report.kills as Record<string, number>
      expect(Object.keys(kills)).toEqual(['killed', 'killedCommitting', 'frozen', 'frozenCommitting', 'wiped', 'torn'])
      expect(Object.values(kills).filter(count => count === 0)).toEqual([])
      expect(Object.values(kills).reduce((sum, count) => sum + count)).toBe(10)
      // A run does not restart brokers of KAFKA_BROKERS, which belong to someone else.
      expect(brokerRestarted).toBe(process.env.KAFKA_BROKERS ? 0 : 2)
      expect(report.triggers).toBeGreaterThan(500)
      expect(report.decisions).toBeGreaterThanOrEqual(report.triggers)
      for (const count of ['commitsFailed', 'takeovers', 'restores']) expect(report[count]).toBeGreaterThan(0)
      // Only a run that failed keeps its files.
      expect(/kept the logs .* in (.*)/.exec(ran.err)).toBe(null)
      expect(ran.code).toBe(0)
    },
  )
})
