// @module-tag process

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canMountDisks, fillDisk, mountedDisk, unmountDisk } from '../../testing/test/small-disk.ts'
import { codeOf, output, valuesOf } from '../test/log-fixture-contract.ts'
import { openEmbeddedLog } from './embedded-log.ts'

test.skipIf(!canMountDisks)(
  'a log that met a full disk holds all that it acknowledged when it is opened again',
  async () => {
    const disk = mountedDisk()
    try {
      const taken: string[] = []
      for (let round = 0; round < 3; round++) {
        const log = await openEmbeddedLog(join(disk, 'log'))
        await log.createTopic('out', 1)
        expect(await valuesOf(log)).toEqual(taken)
        const append = (value: string) => log.append([output(value)])
        await append(`${round} begins`)
        taken.push(`${round} begins`)
        fillDisk(join(disk, 'other'))
        let failed = ''
        for (let n = 0; failed === ''; n++) {
          const value = `${round} ${n} ${'x'.repeat(5000)}`
          failed = await append(value).then(
            () => '',
            error => error.code,
          )
          if (failed === '') taken.push(value)
        }
        expect(failed).toBe('log-failed')
        // Room comes back before the log is closed.
        rmSync(join(disk, 'other'))
        expect(await codeOf(append('late'))).toBe('log-failed')
        await log.close()
      }
      const last = await openEmbeddedLog(join(disk, 'log'))
      expect(await valuesOf(last)).toEqual(taken)
      await last.close()
    } finally {
      unmountDisk(disk)
    }
  },
)
