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
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { describeJson } from '../topology/graph/describe.ts'
import { journey } from '../topology/journey.ts'

const root = resolve(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const docs = readdirSync(join(root, 'docs')).filter(file => file.endsWith('.md'))
const pages = ['README.md', ...docs.map(file => `docs/${file}`)]
/** Where the real data is, and which of its households the snippets run on: only the long check has the time for all. */
const data = process.env.JOAI_DATA ?? join(root, '../shared/data')
const isWhole = Boolean(process.env.JOAI_LONG)
const isOurHousehold = (id: string) => isWhole || Number(id) % 100 === 0

interface Block {
  readonly page: string
  readonly language: string
  /** What the comment in front of the block says of it. */
  readonly note: string
  readonly text: string
}

const blocks: readonly Block[] = pages.flatMap(page =>
  [...read(page).matchAll(/(?:<!-- (.*?) -->\n)?^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, note, language, text]) => ({
    page,
    language: language!,
    note: note ?? '',
    text: text!,
  })),
)
const inLanguage = (language: string) => blocks.filter(block => block.language === language)
/** Of code that stands in a page only: the test that runs it from there. */
const runner = ({ note }: Block): string | undefined => /^run by (\S+\.test\.ts)$/.exec(note)?.[1]
const quoted = () => inLanguage('ts').filter(block => runner(block) === undefined)
const lines = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
const isEllipsis = (line: string): boolean => line === '…' || line === '// …'

describe('code that is shown', () => {
  test('stands word for word, in one piece, in the file that it is said to be from', () => {
    for (const { note, text } of quoted()) {
      const [, file] = /^from (\S+)$/.exec(note) ?? []
      expect(file, `a ts block says from which file it is: ${text.slice(0, 60)}`).toBeDefined()
      const source = `\n${lines(read(file!)).join('\n')}\n`
      const pieces = lines(text)
        .map(line => (isEllipsis(line) ? '\u0000' : line))
        .join('\n')
        .split('\u0000')
        .map(piece => piece.trim())
      for (const piece of pieces.filter(Boolean)) expect(source, file).toContain(`\n${piece}\n`)
    }
    expect(quoted().length).toBeGreaterThanOrEqual(3)
  })

  test('is run by a test that lies beside it', () => {
    for (const block of inLanguage('ts').filter(runner)) expect(read(runner(block)!)).toContain(block.page)
    for (const { note } of quoted()) {
      const file = note.replace('from ', '')
      const beside = file.endsWith('.test.ts') ? [file] : [file.replace(/\.ts$/, '.test.ts'), 'topology/laws.test.ts']
      expect(beside.some(name => existsSync(join(root, name)))).toBe(true)
    }
  })
})

describe('the picture of the topology', () => {
  test('has the operators, the logs and the arrows of `joai describe`', () => {
    const { text } = inLanguage('mermaid').find(({ page }) => page === 'README.md')!
    const labels = new Map([...text.matchAll(/^\s*(\S+?)\[\(?"([^"]+)"\)?\]$/gm)].map(([, id, label]) => [id!, label!]))
    const arrows = [...text.matchAll(/^\s*(\S+) --> (\S+)$/gm)].map(
      ([, from, to]) => `${labels.get(from!)} → ${labels.get(to!)}`,
    )
    expect(new Set(arrows)).toEqual(condensed())
    expect(arrows).toHaveLength(condensed().size)
  })
})

/** The arrows of the main topology, with filters and the ends of a log taken together, and the sends as one. */
function condensed(): Set<string> {
  const { nodes } = describeJson(journey({ secret: 'the secret of the picture' }))
  const nameOf = ({ operator, topic }: (typeof nodes)[number]): string | undefined =>
    operator ?? topic?.replace(/^sends\..*/, 'sends.*')
  const byId = new Map(nodes.map(node => [node.id, node]))
  const targets = (id: string): string[] =>
    byId.get(id)!.to.flatMap(to => (byId.get(to.id)!.kind === 'filter' ? targets(to.id) : [nameOf(byId.get(to.id)!)!]))
  return new Set(
    nodes
      .filter(({ kind }) => kind !== 'filter')
      .flatMap(node => targets(node.id).map(to => `${nameOf(node)} → ${to}`)),
  )
}

describe('commands that are shown', () => {
  const hasData = existsSync(join(data, 'complete-journey'))
  const place = mkdtempSync(join(tmpdir(), 'joai-readme-'))
  const clone = join(place, 'main')
  const said = new Map<string, string>()

  beforeAll(async () => {
    mkdirSync(clone)
    for (const name of readdirSync(root))
      if (!['dist', '.git', '.joai'].includes(name)) symlinkSync(join(root, name), join(clone, name))
    await run('npx', ['tsc', '-p', join(root, 'tsconfig.build.json'), '--outDir', join(clone, 'dist')], { cwd: root })
    if (hasData) fewHouseholds(join(data, 'complete-journey'), join(place, 'shared/data/complete-journey'))
  })
  afterAll(() => rmSync(place, { recursive: true, force: true }))

  for (const { page, text } of inLanguage('sh')) {
    const script = withoutInstall(text)
    // The real data is not part of the repository: where it is absent, these commands have nothing to read.
    const isWithoutInput = script.includes('complete-journey') && !hasData
    if (script === '') continue
    test.skipIf(isWithoutInput)(`${page}: ${lines(script).findLast(line => line.startsWith('npm '))}`, async () => {
      const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: clone, maxBuffer: 1 << 26 })
      said.set(script, stdout)
      expect(stdout).not.toBe('')
    })
  }

  test.skipIf(!hasData || 'lacks' in inject('broker'))(
    'run on a broker, in their order, and lead to the decisions of a run without one',
    async () => {
      const started: ChildProcess[] = []
      const inTerminal = (command: string) => {
        const child = spawn('bash', ['-c', `exec ${command}`], { cwd: clone, env, detached: true })
        started.push(child)
        return child
      }
      const env: NodeJS.ProcessEnv = { ...process.env, KAFKA_BROKERS: '' }
      const { text } = blocks.find(({ note }) => note === 'run by scripts/readme.test.ts, where a broker can be had')!
      const printed: string[] = []
      let brokers = ''
      try {
        for (const line of lines(text)) {
          const command = line.replace(/ +#.*$/, '').replace('host:port', brokers)
          const [, name, value] = /^export (\w+)=(\S+)$/.exec(command) ?? []
          if (name) env[name] = value
          else if (command.endsWith(' broker')) {
            const [first] = await once(createInterface(inTerminal(command).stdout!), 'line')
            brokers = String(first).split(' ')[0]!
          } else if (line.includes('# in a terminal of its own')) inTerminal(command)
          else if (command.startsWith('curl')) await allFolded(command)
          else printed.push((await run('bash', ['-c', command], { cwd: clone, env, maxBuffer: 1 << 26 })).stdout)
        }
        const { differences, decisionsHash } = JSON.parse(lines(printed.at(-1)!).at(-1)!)
        const ingest = lines(text).find(line => line.includes(' ingest '))!
        const alone = ingest.replace('ingest --brokers host:port', 'replay --partitions 6 --json')
        const { stdout } = await run('bash', ['-c', alone], { cwd: clone, env, maxBuffer: 1 << 26 })
        const embedded = JSON.parse(lines(stdout).at(-1)!)
        if (isWhole) expect(embedded.decisions).toBe(47_243)
        expect(embedded.decisions).toBeGreaterThan(100)
        expect({ differences, decisionsHash }).toEqual({ differences: [], decisionsHash: embedded.decisionsHash })
        expect(printed).toHaveLength(4)
      } finally {
        for (const child of started.reverse()) await interrupted(child)
      }
    },
    isWhole ? 1_200_000 : 240_000,
  )

  test('say what is printed below them', () => {
    const outputs = blocks.filter(({ note }) => note.startsWith('output of '))
    expect(outputs.length).toBeGreaterThanOrEqual(3)
    for (const { note, text } of outputs) {
      const [, stdout] = [...said].find(([command]) => command.includes(note.replace('output of ', '')))!
      const printed = new Set(lines(stdout))
      for (const line of lines(text).filter(line => !isEllipsis(line))) expect(printed, line).toContain(line)
    }
  })
})

const run = promisify(execFile)

/** Asks until no record waits: at first the workers may not have seen that there is anything. */
async function allFolded(command: string): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    await new Promise(resolve => setTimeout(resolve, 1000))
    const { stdout } = await run('bash', ['-c', `${command} || true`])
    const lags = lines(stdout).filter(line => line.startsWith('joai_lag_records{'))
    quiet = lags.length > 0 && lags.every(line => line.endsWith(' 0')) ? quiet + 1 : 0
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
