// @module-tag process

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ConnectorError } from '../../topology/log/log.ts'
import { type CompiledChild, compiledChild } from '../test/compiled-child.ts'
import { openEmbeddedLog } from './embedded-log.ts'
import { crashTask } from './test/crash-child.ts'

let child: CompiledChild
beforeAll(() => {
  child = compiledChild('embedded/test/crash-child.ts')
})
afterAll(() => child.remove())

interface Running {
  readonly process: ChildProcess
  /** The number of the last commit that was acknowledged. */
  told(): number
  readonly output: Promise<string>
}

function start(command: string, args: readonly string[]): Running {
  const started = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  started.stdout.on('data', data => {
    text += data
  })
  const output = new Promise<string>(resolve => started.once('close', () => resolve(text)))
  const told = () => Number(/(\d+)\n(?:failed .*\n)?[^\n]*$/.exec(text)?.[1] ?? 0)
  return { process: started, told, output }
}

/** Checks that records, checkpoint, position and changelog all have the same number, and returns it. */
async function agreed(directory: string): Promise<number> {
  const log = await openEmbeddedLog(directory)
  try {
    if (!log.topics().has('out')) return 0
    const { position, checkpoint, changelogEnd } = await log.acquire(crashTask)
    const at = position ?? 0
    expect(Number(Buffer.from(checkpoint ?? []).toString())).toBe(at)
    expect(changelogEnd).toBe(2 * at)
    for (const partition of [0, 1, 2]) {
      expect(await log.end('out', partition)).toBe(at)
      const keys: number[] = []
      for (let from = 0; from < at; from = keys.length)
        keys.push(...(await log.read('out', partition, from, 500)).map(({ key }) => Number(key)))
      expect(keys).toEqual(Array.from({ length: at }, (_, i) => i + 1))
    }
    const rows = new Map<string, Uint8Array | null>()
    for (let from = 0; from < changelogEnd; ) {
      const { entries, next } = await log.changelog(crashTask, from, 300)
      for (const { key, value } of entries) rows.set(key, value)
      from = next
    }
    expect(Number(Buffer.from(rows.get('last') ?? []).toString())).toBe(at)
    return at
  } finally {
    await log.close()
  }
}

describe('the embedded log and the death of its process', () => {
  let directory: string

  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), 'joai-crash-')), 'log')
  })

  test('after ten kills during commits, every acknowledged commit is there, and none is there in part', async () => {
    let before = 0
    for (let round = 0; round < 10; round++) {
      const running = start(process.execPath, [
        child.script,
        'commit-forever',
        directory,
        String(200 + 700 * (round % 4)),
      ])
      await expect.poll(() => running.told(), { interval: 5 }).toBeGreaterThan(before + 20)
      await new Promise(resolve => setTimeout(resolve, Math.random() * 60))
      running.process.kill('SIGKILL')
      await running.output
      const at = await agreed(directory)
      expect(at).toBeGreaterThanOrEqual(running.told())
      before = at
    }
    expect(before).toBeGreaterThan(200)
    rmSync(join(directory, '..'), { recursive: true })
  })

  test('a second process is refused, and told which process has the log', async () => {
    const running = start(process.execPath, [child.script, 'commit-forever', directory, '100'])
    await expect.poll(() => running.told()).toBeGreaterThan(0)
    const refused = await openEmbeddedLog(directory).catch((error: ConnectorError) => error)
    expect(refused).toMatchObject({
      code: 'log-locked',
      message: expect.stringContaining(`process ${running.process.pid}`),
    })
    running.process.kill('SIGKILL')
    await running.output
    expect(await agreed(directory)).toBeGreaterThan(0)
    rmSync(join(directory, '..'), { recursive: true })
  })

  test.skipIf(process.platform === 'win32')(
    'a disk that is full fails a commit, and what was acknowledged stays',
    async () => {
      // 512-byte blocks: no file may grow beyond a megabyte. One commit is some 24 KiB.
      const limited = `ulimit -f 2000; exec "$0" "$@"`
      const args = [process.execPath, child.script, 'commit-forever', directory, '6000']
      const running = start('/bin/sh', ['-c', limited, ...args])
      expect(await running.output).toContain('failed log-failed')
      expect(running.told()).toBeGreaterThan(10)
      const at = await agreed(directory)
      expect(at).toBeGreaterThanOrEqual(running.told())
      expect(at).toBeLessThanOrEqual(running.told() + 1)
      rmSync(join(directory, '..'), { recursive: true })
    },
  )
})
