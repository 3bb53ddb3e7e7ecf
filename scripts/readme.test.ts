import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { tickAfter } from '../topology/replay/history-writer.ts'
import { adapterNamed } from './input/adapters.ts'
import { blocks, inLanguage, isEllipsis, lines, root } from './test/pages.ts'

/** The folder of the real data, and the households of it that the snippets run on: only the long check has the time for all. */
const data = process.env.JOAI_DATA ?? join(root, '../shared/data')
const year = 'data/complete-journey'
const isWhole = Boolean(process.env.JOAI_LONG)
const isOurHousehold = (id: string) => isWhole || Number(id) % 100 === 0

describe('commands that are shown', { tags: ['process', 'slow'] }, () => {
  const hasData = existsSync(join(data, 'complete-journey'))
  const place = mkdtempSync(join(tmpdir(), 'joai-readme-'))
  const clone = join(place, 'main')
  /** The output of each block, with its page in front. */
  const printed = new Map<string, string>()

  beforeAll(async () => {
    mkdirSync(clone)
    for (const name of readdirSync(root))
      if (!['dist', '.git', '.joai'].includes(name)) symlinkSync(join(root, name), join(clone, name))
    await run('npx', ['tsc', '-p', join(root, 'tsconfig.build.json'), '--outDir', join(clone, 'dist')], { cwd: root })
    if (hasData) fewHouseholds(join(data, 'complete-journey'), join(clone, year))
  })
  afterAll(() => rmSync(place, { recursive: true, force: true }))

  for (const { page, text } of inLanguage('sh')) {
    const script = withoutInstall(text)
    // The real data is not part of the repository: where it is absent, these commands have nothing to read.
    const isWithoutInput = script.includes('complete-journey') && !hasData
    if (script === '') continue
    test.skipIf(isWithoutInput)(`${page}: ${lines(script).findLast(line => line.startsWith('npm '))}`, async () => {
      const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: clone, maxBuffer: 1 << 26 })
      printed.set(`${page}\n${script}`, stdout)
      expect(stdout).not.toBe('')
    })
  }

  const shown = '--adapter sample'
  const inputs = [shown, ...(isWhole && hasData ? [`--adapter complete-journey --input ${year}`] : [])]
  test.skipIf('lacks' in inject('broker')).each(inputs)(
    'run on a broker, in their order, and a replay of what was recorded finds every byte again: %s',
    async input => {
      const started: ChildProcess[] = []
      const inTerminal = (command: string) => {
        const child = spawn('bash', ['-c', `exec ${command}`], { cwd: clone, env, detached: true })
        started.push(child)
        return child
      }
      const env: NodeJS.ProcessEnv = { ...process.env, KAFKA_BROKERS: '' }
      const { text } = blocks.find(({ note }) => note === 'run by scripts/readme.test.ts, where a broker can be had')!
      expect(text).toContain(shown)
      const answers: string[] = []
      let brokers = ''
      try {
        for (const line of lines(text.replace(shown, input))) {
          const command = line.replace(/ +#.*$/, '').replace('host:port', brokers)
          const [, name, value] = /^export (\w+)=(.+)$/.exec(command) ?? []
          if (name) env[name] = (await run('bash', ['-c', `printf %s "${value}"`])).stdout
          else if (command.endsWith(' broker')) {
            const [first] = await once(createInterface(inTerminal(command).stdout!), 'line')
            brokers = String(first).split(' ')[0]!
          } else if (line.includes('# in a terminal of its own')) inTerminal(command)
          else if (command.startsWith('curl')) await allFolded(command)
          else answers.push((await run('bash', ['-c', command], { cwd: clone, env, maxBuffer: 1 << 26 })).stdout)
        }
        const { differences, decisionsHash } = JSON.parse(lines(answers.at(-1)!).at(-1)!)
        expect(differences).toEqual([])
        expect(answers).toHaveLength(4)
        // On a cluster a history ends with the tick after its last record, and the timers that are due by then have fired.
        const until = new Date(tickAfter(await lastTime(clone, input))).toISOString()
        const alone = `npm run -s joai -- replay ${input} --until ${until} --release examples/grocery.yaml --partitions 6 --json`
        const { stdout } = await run('bash', ['-c', alone], { cwd: clone, env, maxBuffer: 1 << 26 })
        const embedded = JSON.parse(lines(stdout).at(-1)!)
        expect(embedded.decisions).toBeGreaterThan(100)
        // If no persons merge, the order in which logs meet changes nothing.
        if (embedded.merges === 0) expect(decisionsHash).toEqual(embedded.decisionsHash)
      } finally {
        for (const child of started.reverse()) await interrupted(child)
      }
    },
    1_200_000,
  )

  test('say what is printed below them', () => {
    const outputs = blocks.filter(({ note }) => note.startsWith('output of '))
    expect(outputs.length).toBeGreaterThanOrEqual(3)
    for (const { page, note, text } of outputs) {
      const command = note.replace('output of ', '')
      const [, stdout] = [...printed].find(([key]) => key.startsWith(page) && key.includes(command))!
      const found = new Set(lines(stdout))
      for (const line of lines(text).filter(line => !isEllipsis(line))) expect(found, line).toContain(line)
    }
  })
})

const run = promisify(execFile)

/** The time of the last record of the input that these flags name in a folder. */
async function lastTime(folder: string, flags: string): Promise<number> {
  const [, adapter, , input] = flags.split(' ')
  let last = 0
  for await (const { timestamp } of adapterNamed(adapter!).read(input && join(folder, input))) last = timestamp
  return last
}

/** Asks for metrics until no record waits and no decision comes any more, after the first: workers may not have seen all of a log yet. */
async function allFolded(command: string): Promise<void> {
  let decided: readonly string[] = []
  for (let quiet = 0; quiet < 3; ) {
    await new Promise(resolve => setTimeout(resolve, 1000))
    // Without the grep of the page, which shows the lags alone.
    const { stdout } = await run('bash', ['-c', `${command.split(' | ')[0]} || true`])
    const lags = lines(stdout).filter(line => line.startsWith('joai_lag_records{'))
    const now = lines(stdout).filter(line => line.startsWith('joai_decisions_total{'))
    const isStill = now.length > 0 && now.join() === decided.join()
    quiet = isStill && lags.length > 0 && lags.every(line => line.endsWith(' 0')) ? quiet + 1 : 0
    decided = now
  }
}

/** As Ctrl-C in its terminal does, to all that runs there. */
async function interrupted(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  process.kill(-child.pid!, 'SIGINT')
  await exit
}

/**
 * `npm ci` would fetch and build again what this test runs on, and `npm test` is what runs it: a fresh clone in `.ci/run`
 * does both.
 */
const withoutInstall = (text: string): string =>
  lines(text).some(line => line === 'npm ci && npm test') ? '' : text.replaceAll('npm ci && ', '').trim()

/** A folder like the real one, of a few households. */
function fewHouseholds(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const file of readdirSync(from).filter(name => name.endsWith('.csv'))) {
    const [header, ...rows] = readFileSync(join(from, file), 'utf8').split('\n')
    const place = header!.split(',').findIndex(column => column.replaceAll('"', '').trim() === 'household_id')
    const isOurs = (row: string) => place < 0 || isOurHousehold(row.split(',')[place]!.replaceAll('"', ''))
    writeFileSync(join(to, file), [header, ...rows.filter(row => row !== '' && isOurs(row)), ''].join('\n'))
  }
}
