// @module-tag process

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { openLevelStore } from './level-store.ts'
import { openRocksdbStore } from './rocksdb-store.ts'

const root = join(import.meta.dirname, '../..')
let stores: string

beforeAll(async () => {
  // Node 20 can't run TypeScript, so the other process runs the compiled stores.
  const { build } = await import('vite')
  const built = await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(root, 'state/stores/open-store.ts'),
      write: false,
      // One file that includes what is loaded later.
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })
  if (!('output' in built)) throw new Error('vite watches where it should build')
  stores = built.output[0].code
})

/** Runs statements in another process, with `store` open on the folder. */
function elsewhere(kind: string, directory: string, statements: string): ChildProcess {
  const opens = `const store = await openStore(${JSON.stringify(kind)}, ${JSON.stringify(directory)})`
  return spawn(process.execPath, ['--input-type=module', '-e', `${stores};${opens};${statements}`], {
    cwd: root,
    stdio: 'pipe',
  })
}

const ended = (child: ChildProcess) => new Promise(resolve => child.once('close', resolve))
const said = (child: ChildProcess) =>
  new Promise((resolve, reject) => {
    child.stdout!.once('data', resolve)
    child.once('close', code => reject(new Error(`it ended with ${code}, and had said nothing`)))
  })

const rows = 250
/** Makes batch n, which puts one half of the keys, all with n, and deletes the other half. */
const writes = `
  for (let [n] = (await store.getMany(['n'])).map(v => Number(v ?? 0) + 1); ; n++) {
    const half = (n % 2) + '-'
    const other = ((n + 1) % 2) + '-'
    await store.write([
      { key: 'n', value: Buffer.from(String(n)) },
      ...Array.from({ length: ${rows} }, (_, i) => ({ key: half + i, value: Buffer.from(n + ' ' + 'x'.repeat(1000 + i)) })),
      ...Array.from({ length: ${rows} }, (_, i) => ({ key: other + i, value: null })),
    ])
    process.stdout.write(n + '\\n')
  }`

describe.each([
  ['level', openLevelStore],
  ['rocksdb', openRocksdbStore],
] as const)('the %s store and other processes', (kind, open) => {
  test.concurrent('ten kills at any moment leave whole batches, and every one that was acknowledged', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'joai-kill-'))
    const store = join(folder, `store-${kind}`)
    const survived: number[] = []
    for (let kill = 0; kill < 10; kill++) {
      const child = elsewhere(kind, join(folder, 'store'), writes)
      let acknowledged = 0
      child.stdout!.on('data', chunk => (acknowledged = Number(String(chunk).trimEnd().split('\n').at(-1))))
      await said(child)
      await new Promise(resolve => setTimeout(resolve, Math.random() * 150))
      child.kill('SIGKILL')
      await ended(child)
      const again = await open(store)
      const entries = await again.range({ from: '', to: 'n' })
      const [counter] = await again.getMany(['n'])
      await again.close()
      const n = Number(Buffer.from(counter!).toString())
      expect(n).toBeGreaterThanOrEqual(acknowledged)
      expect(entries).toHaveLength(rows)
      expect(
        new Set(entries.map(({ key, value }) => `${key[0]} ${Buffer.from(value).toString().split(' ')[0]}`)),
      ).toEqual(new Set([`${n % 2} ${n}`]))
      survived.push(n)
    }
    expect(survived).toEqual([...survived].sort((a, b) => a - b))
    expect(survived.at(-1)).toBeGreaterThan(20)
    rmSync(folder, { recursive: true })
  })

  test('a folder that another process or handle has open is refused by name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'joai-lock-'))
    const directory = join(folder, `store-${kind}`)
    const refused = { code: 'store-locked', message: expect.stringContaining(directory) }

    const child = elsewhere(kind, join(folder, 'store'), "console.log('open'); process.stdin.resume()")
    await said(child)
    await expect(open(directory)).rejects.toMatchObject(refused)
    child.kill('SIGKILL')
    await ended(child)

    const store = await open(directory)
    await expect(open(directory)).rejects.toMatchObject(refused)
    // The refused second handle did not drop the lock that keeps other processes out.
    const third = elsewhere(kind, join(folder, 'store'), "console.log('open')")
    let errors = ''
    third.stderr!.on('data', chunk => (errors += chunk))
    expect(await ended(third)).toBe(1)
    expect(errors).toContain("code: 'store-locked'")
    await store.close()
    await (await open(directory)).close()
    rmSync(folder, { recursive: true })
  })
})
