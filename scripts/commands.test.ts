// @module-tag process

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommanderError } from 'commander'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEmbeddedLog } from '../connectors/embedded/embedded-log.ts'
import type { Decision } from '../schemas/generated.ts'
import { topics } from '../schemas/topics.ts'
import { decodeValue } from '../schemas/wire.ts'
import { BuiltPackage, lastLine, type Ran, root } from '../testing/test/built-package.ts'
import { chain } from '../topology/task/audit-chain.ts'
import { values } from './logs/summary.ts'
import { exitCodeOf, programFor } from './program.ts'

const commands = [
  'demo',
  'run',
  'ingest',
  'load',
  'replay',
  'describe',
  'explain',
  'verify',
  'tail',
  'person',
  'release',
  'stop',
  'lint',
  'map',
  'plan',
  'apply',
  'config',
]
const grocery = join(root, 'examples/grocery.yaml')
const broken = join(root, 'operators/release/test')

let built: BuiltPackage
let folder: string

beforeAll(() => {
  built = BuiltPackage.build()
  folder = mkdtempSync(join(tmpdir(), 'joai-commands-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const joai = (args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = folder): Promise<Ran> =>
  built.run(args, { cwd, env })

/** Returns the answer of the command line to words that start no command, without a process for each. */
async function answered(args: readonly string[]): Promise<Ran> {
  const said = { out: '', err: '' }
  const program = await programFor(args[0], '')
  for (const command of [program, ...program.commands])
    command.configureOutput({
      writeOut(text) {
        said.out += text
      },
      writeErr(text) {
        said.err += text
      },
    })
  const error = await program.parseAsync(args, { from: 'user' }).catch((error: unknown) => error)
  if (!(error instanceof CommanderError)) throw new Error(`'${args.join(' ')}' began`, { cause: error })
  return { code: exitCodeOf(error), ...said }
}

/** One line on stderr that says what is wrong, nothing on stdout, and exit code 2. */
function refused({ code, out, err }: Ran, what: RegExp): void {
  expect(err).toMatch(what)
  expect(err.trimEnd().split('\n')).toHaveLength(1)
  expect(err).not.toMatch(/\n\s+at /)
  expect({ out, code }).toEqual({ out: '', code: 2 })
}

describe('help', () => {
  test('the version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    for (const asked of [['--version'], ['demo', '--version'], ['config', '--version']])
      expect(await joai(asked)).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })

  test('names every command, and the exit codes', async () => {
    const { code, out } = await joai(['--help'])
    expect(code).toBe(0)
    for (const command of commands) expect(out).toMatch(new RegExp(`^ {2}${command} `, 'm'))
    expect(out).toContain('Exit codes: 0 done, 1 a check failed, 2 wrong use, 3 the outside world failed.')
  })

  test('a command has help of its own', async () => {
    const { code, out, err } = await joai(['demo', '--help'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^Usage: joai demo /)
  })
})

test('the secret of the configuration makes the tokens: with another one, nobody has the same id', {
  tags: ['slow'],
}, async () => {
  const order = {
    eventId: 'e1',
    type: 'profile_changed',
    occurredAt: '2024-03-01T10:00:00Z',
    identifiers: [{ type: 'household_id', value: '7' }],
    source: 'test',
    data: {},
  }
  writeFileSync(join(folder, 'one.jsonl'), `${JSON.stringify(order)}\n`)
  const replay = ['replay', '--adapter', 'json-lines', '--input', 'one.jsonl', '--release', grocery, '--json']
  const [own, other] = await Promise.all([joai(replay), joai(replay, { JOAI_SECRET: 'quite another secret' })])
  const [one, two] = [lastLine(own), lastLine(other)]
  expect([one.persons, two.persons]).toEqual([1, 1])
  expect(two.stateHash).not.toBe(one.stateHash)
})

describe('wrong use exits with 2 and a message that names the problem', () => {
  test('a flag that does not exist is answered with the help of its command, in which there is --json; one that is missing, in a line', async () => {
    const needed: Readonly<Record<string, readonly string[]>> = {
      ingest: ['--adapter', 'sample', '--log', 'never'],
      explain: ['abcdef'],
      map: ['--source', 'orders', '--input', 'never'],
    }
    const tried = await Promise.all(
      commands.map(command => answered([command, ...(needed[command] ?? []), '--no-such-flag'])),
    )
    tried.forEach(({ code, out, err }, index) => {
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).toContain("unknown option '--no-such-flag'")
      expect(err).toContain(`Usage: joai ${commands[index]} `)
      expect(err).toMatch(/^ {2}--json /m)
    })
    expect(await joai(['demo', '--no-such-flag'])).toEqual(tried[commands.indexOf('demo')])
    const { code, err } = await joai(['ingest', '--adapter', 'sample'])
    expect(code).toBe(2)
    expect(err).toBe('joai: name where to write: --log <dir>, or --brokers <list>\n')
  })

  test('to run without a secret of its own, or to ask a cluster for what only a folder has', {
    tags: ['slow'],
  }, async () => {
    const brokers = ['--brokers', '127.0.0.1:1']
    refused(await joai(['run', ...brokers]), /set a secret of your own, at least 16 characters: JOAI_SECRET/)
    refused(await joai(['run'], { JOAI_SECRET: 'a secret of my own' }), /say where the brokers are: --brokers/)
    refused(await joai(['replay', '--from', 'events', ...brokers]), /--from must be people, with --brokers/)
  })

  test('no command, and an unknown one, are answered with the usage', { tags: ['slow'] }, async () => {
    for (const { code, err } of await Promise.all([answered([]), answered(['fly'])])) {
      expect(code).toBe(2)
      expect(err).toContain('Usage: joai')
    }
  })

  test('a number that does not fit', { tags: ['slow'] }, async () => {
    const wrong = [
      ...['abc', '1.5', '-1', ''].map(text => ['replay', '--restart-every', text]),
      ...['abc', '0', '7x'].map(text => ['replay', '--batch', text]),
      ['replay', '--partitions', '2.5'],
      ['ingest', '--partitions', 'many', '--adapter', 'sample', '--log', 'never'],
      ['config', '--partitions', ''],
      ['demo', '--show', 'abc'],
    ]
    const tried = await Promise.all(wrong.map(args => joai(args)))
    tried.forEach(({ code, out, err }, index) => {
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).toContain(wrong[index]![1])
      expect(err).toMatch(/must be a whole number/)
      expect(err).not.toMatch(/\n\s+at /)
    })
  })

  test('a file or folder that is not there', { tags: ['slow'] }, async () => {
    const wrong: [args: string[], what: RegExp][] = [
      [['replay', '--adapter', 'complete-journey', '--input', 'gone', '--release', grocery], /there is no 'gone/],
      [['replay', '--adapter', 'json-lines', '--input', 'gone.jsonl'], /there is no 'gone.jsonl'/],
      [['replay', '--adapter', 'json-lines'], /needs an input: name a path with --input/],
      [['replay', '--adapter', 'sample', '--release', 'gone.yaml'], /there is no file 'gone.yaml'/],
      [['replay', '--topology', 'gone.js'], /there is no file 'gone.js'/],
      [['describe', '--topology', 'gone.js'], /there is no file 'gone.js'/],
      [['lint', 'gone.yaml'], /there is no file 'gone.yaml'/],
      [['verify', '--log', 'gone'], /there is no log in 'gone'/],
      [['explain', 'abcdef', '--log', 'gone'], /there is no log in 'gone'/],
      [['config', '--config', 'gone.yaml'], /there is no file 'gone.yaml'/],
    ]
    const tried = await Promise.all(wrong.map(([args]) => joai(args)))
    tried.forEach((ran, index) => {
      refused(ran, wrong[index]![1])
    })
  })

  test('a folder where a file should be, and a file where a folder should be', { tags: ['slow'] }, async () => {
    refused(await joai(['lint', '.']), /'\.' can't be read/)
    refused(await joai(['config', '--config', '.']), /'\.' can't be read/)
    writeFileSync(join(folder, 'a-file'), '')
    refused(await joai(['replay', '--adapter', 'sample', '--log', 'a-file']), /'a-file' can't be a folder/)
  })

  test('with --json the last line of stdout says what is wrong, so that a program need not read stderr', async () => {
    const asked: [readonly string[], number, RegExp][] = [
      [['verify', '--json', '--log', 'nowhere'], 2, /there is no log in 'nowhere'/],
      [['replay', '--json'], 2, /nothing to replay: name an input/],
      [['replay', '--json', '--again', '--log', 'nowhere'], 2, /--again: there is no log in 'nowhere'/],
      [['describe', '--json', '--nowhere'], 2, /unknown option '--nowhere'/],
      [['nowhere', '--json'], 2, /unknown command 'nowhere'/],
      [['plan', '--json', '--brokers', '127.0.0.1:1', '--app', 'shop'], 3, /\[cluster-failed]/],
    ]
    for (const [words, code, error] of asked) {
      const ran = await joai(words)
      expect([words, ran.code, lastLine(ran)]).toEqual([
        words,
        code,
        { error: expect.stringMatching(error), exitCode: code },
      ])
      expect(ran.err).toMatch(error)
    }
  })

  test('an unknown adapter, store or format: the answer names those that there are', { tags: ['slow'] }, async () => {
    const unknown = await joai(['replay', '--adapter', 'paper'])
    refused(unknown, /complete-journey, json-lines, sample/)
    refused(await joai(['replay', '--store', 'paper']), /memory, level or rocksdb/)
    refused(await joai(['describe', '--format', 'paper']), /text or mermaid/)
  })

  test('a module that can not be loaded, exports nothing, or is wired wrongly', { tags: ['slow'] }, async () => {
    const module = (name: string, text: string) => writeFileSync(join(folder, name), text)
    module('unreadable.mjs', 'export const = 5')
    module('empty.mjs', 'export const other = 5')
    const api = JSON.stringify(join(built.folder, 'dist/topology/api.js'))
    module('nobody.mjs', `import { topology } from ${api}\nexport const x = topology('BAD NAME', () => {})`)
    refused(await joai(['describe', '--topology', 'unreadable.mjs']), /'unreadable.mjs' can't be loaded/)
    refused(await joai(['replay', '--topology', 'empty.mjs']), /does not export a topology/)
    refused(await joai(['describe', '--topology', 'nobody.mjs']), /'nobody.mjs': topology name 'BAD NAME'/)
    const loading = async (text: string) => {
      module('loading.mjs', text)
      return joai(['describe', '--topology', 'loading.mjs'])
    }
    refused(await loading('throw null'), /'loading.mjs' can't be loaded: null/)
    refused(await loading('throw undefined'), /'loading.mjs' can't be loaded: undefined/)
    refused(
      await loading('await new Promise(() => {})'),
      /can't be loaded: a top-level await of it waits for what never/,
    )
    refused(await loading('process.exit(0)'), /'loading.mjs' ended the process/)
    refused(await loading('throw Object.create(null)'), /'loading.mjs' can't be loaded: \[Object: null prototype] {}/)
    const waits = 'await new Promise(done => setTimeout(done, 1000))'
    refused(await loading(`setTimeout(() => { throw null }, 1); ${waits}`), /'loading.mjs' can't be loaded: null/)
    refused(await loading(`Promise.reject(new Error('no licence')); ${waits}`), /can't be loaded: no licence/)
    const copy = `import { topology as wire } from ${api}; export const topology =`
    refused(await loading(`${copy} { name: 'mine', nodes: [] }`), /does not export a topology/)
    refused(await loading(`${copy} { name: 'mine', nodes: [{}] }`), /does not export a topology/)
    refused(
      await loading(`import { topology } from ${api}
        import { topics } from ${JSON.stringify(join(built.folder, 'dist/schemas/topics.js'))}
        export const x = topology('late', graph => {
          graph.source(topics.events, 'a')
          setTimeout(() => graph.source(topics.control, 'a'), 10)
        })
        await new Promise(done => setTimeout(done, 1000))`),
      /topology 'late' is built: wire it before/,
    )
    refused(await joai(['describe', '--topology', '.']), /'\.' is a folder: name the file of the module/)
    refused(await joai(['describe', '--topology', '']), /--topology names no file/)
    module('typed.ts', 'export const topology: number = 5')
    refused(
      await joai(['describe', '--topology', 'typed.ts']),
      /'typed.ts' (is TypeScript: compile it|does not export)/,
    )
  })

  test('an extension that is missing, is none, throws, or is wired wrongly: the file is named, and there is no stack', async () => {
    mkdirSync(join(folder, 'extended'))
    const described = async (text: string | null, setting = 'extension: ./mine.mjs') => {
      const file = join(folder, 'extended/mine.mjs')
      if (text === null) rmSync(file, { force: true })
      else writeFileSync(file, text)
      writeFileSync(join(folder, 'extended/joai.yaml'), `${setting}\n`)
      // Not where it runs: a path in joai.yaml is relative to that file.
      return built.run(['describe'], { cwd: folder, env: { JOAI_CONFIG: 'extended/joai.yaml' } })
    }
    const parcels = JSON.stringify(join(built.folder, 'dist/examples/05-parcels/topology.js'))
    const example = JSON.stringify(join(built.folder, 'dist/examples/04-your-own-operator/topology.js'))
    refused(await described(null), /there is no file '.*extended\/mine\.mjs'/)
    refused(await described('export const other = 5'), /does not export an extension: write 'export const extension = /)
    refused(
      await described(`export { topology } from ${parcels}`),
      /exports a topology, not an extension: .*--topology/,
    )
    refused(await described('throw new Error("no licence")'), /mine\.mjs' can't be loaded: no licence/)
    refused(
      await described('export const extension = graph => graph.nowhere.near()'),
      /mine\.mjs' fails where it wires its operators: Cannot read properties of undefined/,
    )
    refused(
      await described('export const extension = async () => {}'),
      /a function that wires a graph must not be async/,
    )
    refused(await described('export const extension = () => process.exit(0)'), /mine\.mjs' ended the process/)
    const twice = `import { extension as one } from ${example}\nexport const extension = (graph, streams) => { one(graph, streams); one(graph, streams) }`
    refused(await described(twice), /mine\.mjs': two operators are called 'chosen-action': names are identity/)
    refused(await described('', 'extension: ./mine.mjs\ntopology: ./mine.mjs'), /topology and extension are both set/)
    refused(await described('', 'topology: 5'), /joai\.yaml: topology must be a text, not '5'/)
    const fine = await described(`export { extension } from ${example}`)
    expect(fine).toMatchObject({ code: 0, err: '' })
    expect(fine.out).toContain('daily-count  [writes daily-counts@1] → sink:daily-actions@counting')
  })

  test('brokers that run already are named until Ctrl-C, which leaves them alone', async () => {
    const running = await built.start(['broker'], { cwd: folder, env: { KAFKA_BROKERS: 'far:9092' } })
    const { code, out } = await running.end('SIGINT')
    expect([code, out]).toEqual([0, 'far:9092  (KAFKA_BROKERS); it is not ours: Ctrl-C leaves it\n'])
  })

  test('what needs decisions says so of a topology that makes none', async () => {
    const parcels = join(built.folder, 'dist/examples/05-parcels/topology.js')
    writeFileSync(
      join(folder, 'scans.jsonl'),
      `${JSON.stringify({ topic: 'scans', timestamp: 1, value: { parcel: 'p', depot: 'd', isLast: false } })}\n`,
    )
    const input = ['--adapter', 'json-lines', '--input', 'scans.jsonl']
    expect(await joai(['replay', '--topology', parcels, ...input, '--log', 'parcels'])).toMatchObject({ code: 0 })
    for (const asked of [['verify'], ['explain', 'abcdef']])
      refused(
        await joai([...asked, '--log', 'parcels']),
        /can only judge decisions, and this log is of a topology of its own/,
      )
    refused(
      await joai(['person', 'customer_id=anna', '--log', 'parcels']),
      /holds no persons: its log is of another topology/,
    )
    const env = { JOAI_TOPOLOGY: parcels }
    for (const asked of [
      ['load', '--log', 'nowhere'],
      ['demo', '--log', 'nowhere'],
    ])
      refused(
        await built.run(asked, { cwd: folder, env }),
        /needs the main topology or an extension of it, and '.*05-parcels.*' is/,
      )
    refused(
      await built.run(['replay', '--from', 'people', '--brokers', 'nowhere:1'], { cwd: folder, env }),
      /`joai replay --from people` needs the main topology or an extension of it/,
    )
    const tail = ['tail', 'located-scans', '--topology', parcels, '--log', 'parcels']
    expect(await joai(tail)).toMatchObject({ code: 0, out: '', err: '' })
    refused(await joai(['tail', 'parcels', '--topology', parcels, '--log', 'parcels']), /no public topic 'parcels'/)
    const worker = ['worker', '0', '--kind', 'history', '--version-of-topology', 'older', '--topology', parcels]
    refused(await joai(worker), /has changed to topology [0-9a-f]{16} while older is deployed: run `joai apply`/)
  })

  test('a live application is refused a timer that no time reaches, before anything is made', async () => {
    const timer = join(built.folder, 'dist/examples/03-a-timer/topology.js')
    refused(
      await joai(['plan', '--topology', timer]),
      /'watching' has a timer, but no time reaches it on a live application/,
    )
    expect(await joai(['plan', '--topology', timer, '--history'])).toMatchObject({ code: 0, err: '' })
  })

  test('a release with problems is refused with each of them', { tags: ['slow'] }, async () => {
    const { code, err } = await joai([
      'replay',
      '--adapter',
      'sample',
      '--release',
      join(broken, 'unknown-feature.yaml'),
    ])
    expect(code).toBe(2)
    expect(err).toMatch(/unknown-feature\.yaml:\d+:\d+ /)
    expect(err).not.toMatch(/\n\s+at /)
  })
})

test('lint exits with 0 for a sound release, and with 1 for a problem, with its file, line and remedy', async () => {
  const sound = await joai(['lint', grocery, join(broken, 'sound.yaml'), '--json'])
  expect(sound.code).toBe(0)
  // The campaigns of both ended in 2017.
  const ended = expect.objectContaining({ message: expect.stringContaining('never sent any more') })
  expect(lastLine(sound)).toEqual({ files: 2, problems: [], warnings: [ended, ended] })
  const wrong = await joai(['lint', join(broken, 'sound.yaml'), join(broken, 'unknown-zone.yaml'), '--json'])
  expect(wrong.code).toBe(1)
  const { files, problems } = lastLine(wrong)
  expect(files).toBe(2)
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatchObject({ file: join(broken, 'unknown-zone.yaml'), line: expect.any(Number) })
  expect(problems[0].remedy).not.toBe('')
  const inWords = await joai(['lint', join(broken, 'unknown-zone.yaml')])
  expect(inWords.out).toContain(`unknown-zone.yaml:${problems[0].line}:`)
  expect(inWords.out).toContain(problems[0].remedy)
})

describe('the configuration', () => {
  const secret = 'a secret of sixteen or more'
  let place: string

  beforeAll(() => {
    place = join(folder, 'configured')
    mkdirSync(place)
    writeFileSync(join(place, 'joai.yaml'), `secret: ${secret}\nstore: level\npartitions: 3\nbatch: 50\n`)
    writeFileSync(join(place, 'other.yaml'), 'batch: 70\n')
    writeFileSync(join(place, 'unknown.yaml'), 'partition: 3\n')
    writeFileSync(join(place, 'torn.yaml'), 'batch: [1\n')
  })

  test('is taken from a flag, else the environment, else the file, else the default; secrets are masked', async () => {
    const ran = await joai(
      ['config', '--partitions', '7', '--json'],
      { JOAI_PARTITIONS: '5', JOAI_STORE: 'memory' },
      place,
    )
    expect(ran.code).toBe(0)
    expect(lastLine(ran)).toMatchObject({
      config: { secret: '***', data: '.joai', store: 'memory', partitions: 7, batch: 50, cacheRows: 10_000 },
      from: {
        secret: 'file',
        data: 'default',
        store: 'environment',
        partitions: 'flag',
        batch: 'file',
        cacheRows: 'default',
      },
    })
  })

  test('takes a secret from a file that the environment names, and shows none', { tags: ['slow'] }, async () => {
    writeFileSync(join(place, 'password'), 'of-the-broker\n')
    const env = { JOAI_SASL_PASSWORD_FILE: 'password', JOAI_REGISTRY_PASSWORD: 'of-the-registry' }
    const ran = await joai(['config', '--json'], env, place)
    const { config, from } = lastLine(ran)
    expect(config).toMatchObject({ saslPassword: '***', registryPassword: '***', saslUser: '' })
    expect(from).toMatchObject({ saslPassword: 'environment', registryPassword: 'environment', saslUser: 'default' })
    expect(ran.out).not.toMatch(/of-the/)
    refused(await joai(['config'], { JOAI_SASL_PASSWORD_FILE: 'gone' }, place), /there is no file 'gone'/)
    refused(await joai(['config'], { JOAI_BROKERS: 'somewhere' }, place), /JOAI_BROKERS must be host:port/)
  })

  test('never shows a secret: not in words, and not where it does not fit', { tags: ['slow'] }, async () => {
    const told = await joai(['config'], {}, place)
    expect(told.out).toMatch(/^secret +\*\*\* +file$/m)
    const short = await joai(['config'], { JOAI_SECRET: 'too short' }, place)
    refused(short, /JOAI_SECRET must be a text of at least 16 characters/)
    expect(told.out + told.err + short.err).not.toMatch(/a secret of|too short/)
  })

  test('says how channels deliver, without what is secret in it, and where a channel is set wrongly', {
    tags: ['slow'],
  }, async () => {
    const set = (channels: object) => writeFileSync(join(place, 'channels.yaml'), JSON.stringify({ channels }))
    const config = (...flags: string[]) => joai(['config', '--config', 'channels.yaml', ...flags], {}, place)
    const webhook = {
      url: 'https://hooks.example.com/sms?key=of-the-address',
      headers: { a: 'of-the-header', b: { env: 'B' } },
    }
    const smtp = { host: 'mail.example.com', port: 587, from: 'shop@example.com', addresses: 'a.json' }
    set({ sms: { webhook, triesMax: 3 }, email: { smtp: { ...smtp, user: 'shop', password: 'of-the-mailer' } } })
    const shown = await config('--json')
    const told = await config()
    expect(lastLine(shown)).toMatchObject({
      config: {
        channels: {
          sms: {
            webhook: { url: 'https://hooks.example.com/sms?***', headers: { a: '***', b: { env: 'B' } } },
            triesMax: 3,
          },
          email: { smtp: { ...smtp, user: 'shop', password: '***' } },
        },
      },
      from: { channels: 'file' },
    })
    expect(shown.out + told.out).not.toMatch(/of-the/)
    const wrong: [object, RegExp][] = [
      [{ Fax: {} }, /channels has no 'Fax': channels have names of small letters/],
      [{ sms: {} }, /channels\.sms must have one of 'webhook', 'smtp' and 'file'/],
      [{ sms: { webhook, file: { path: 'a' } } }, /channels\.sms must have one of/],
      [{ sms: { webhook: { ...webhook, hosts: [] } } }, /channels\.sms\.webhook has no 'hosts'/],
      [{ sms: { webhook, triesMax: 0 } }, /channels\.sms\.triesMax must be >= 1/],
      [{ email: { smtp: { ...smtp, password: 7 } } }, /channels\.email\.smtp\.password must/],
      [{ email: { smtp: { host: 'mail' } } }, /channels\.email\.smtp must have required property 'port'/],
    ]
    for (const [channels, what] of wrong) {
      set(channels)
      const ran = await config()
      refused(ran, what)
      expect(ran.err).not.toMatch(/of-the/)
    }
  })

  test('can be in a file of another name, by flag or environment', { tags: ['slow'] }, async () => {
    expect(lastLine(await joai(['config', '--config', 'other.yaml', '--json'], {}, place)).config.batch).toBe(70)
    expect(lastLine(await joai(['config', '--json'], { JOAI_CONFIG: 'other.yaml' }, place)).config.batch).toBe(70)
  })

  test('an unknown key, a value that does not fit, and what is no YAML are refused', { tags: ['slow'] }, async () => {
    refused(await joai(['config', '--config', 'unknown.yaml'], {}, place), /there is no setting 'partition'; there are/)
    refused(await joai(['config'], { JOAI_BATCH: 'abc' }, place), /JOAI_BATCH must be a whole number from 1/)
    const torn = await joai(['config', '--config', 'torn.yaml'], {}, place)
    expect(torn.code).toBe(2)
    expect(torn.err).not.toMatch(/\n\s+at /)
  })
})

test('the topology is described as text, as a flowchart and as JSON, under one version', {
  tags: ['slow'],
}, async () => {
  const text = await joai(['describe'])
  const chart = await joai(['describe', '--format', 'mermaid'])
  const json = lastLine(await joai(['describe', '--json']))
  expect([text.code, chart.code]).toEqual([0, 0])
  const operators = json.nodes.filter(({ kind }: { kind: string }) => kind === 'operator')
  expect(operators.length).toBeGreaterThan(8)
  for (const { operator } of operators) {
    expect(text.out).toContain(operator)
    expect(chart.out).toContain(`["${operator}"]`)
  }
  expect(chart.out).toMatch(/^flowchart LR\n/)
  expect(text.out).toContain(`version ${json.version}`)
})

describe('a run', () => {
  const keys = [
    'counts',
    'persons',
    'merges',
    'decisions',
    'timerDecisions',
    'outcomes',
    'silences',
    'deferrals',
    'sends',
    'cancellations',
    'actionsSent',
    'removedBy',
    'redemptionPairsJoined',
    'rewards',
    'deadLetters',
    'outputHash',
    'stateHash',
    'decisionsHash',
    'records',
    'restarts',
    'seconds',
    'recordsPerSecond',
  ]
  const sample = ['--adapter', 'sample', '--release', grocery]
  let replayed: Ran
  let kept: string
  let ingested: Ran
  let restarted: Ran
  /** The last decision to send something. */
  let decision: string

  beforeAll(async () => {
    replayed = await joai(['replay', ...sample, '--json'])
    kept = join(folder, 'kept')
    ingested = await joai(['ingest', ...sample, '--log', kept, '--json'])
    restarted = await joai(['replay', '--log', kept, '--restart-every', '5000', '--json'])
    const log = await openEmbeddedLog(join(kept, 'log'))
    for await (const { decisionId, outcome } of values<Decision>(log, topics.decisions, 'decision'))
      if (outcome.kind === 'ACT') decision = decisionId
    await log.close()
  })

  test('prints one object on the last line of stdout, with all that it came to', () => {
    expect(replayed.code).toBe(0)
    expect(replayed.err).toBe('')
    const result = lastLine(replayed)
    for (const key of keys) expect(result).toHaveProperty(key)
    // Orders older than the grace trigger nothing.
    expect(result.decisions).toBeLessThan(result.counts.order_completed)
    expect(result.decisions).toBeGreaterThan(result.counts.order_completed - result.deadLetters)
    expect(Math.min(result.decisions, result.sends, result.persons, result.records)).toBeGreaterThan(0)
    for (const hash of ['outputHash', 'stateHash', 'decisionsHash']) expect(result[hash]).toMatch(/^[0-9a-f]{64}$/)
  })

  test('of what was ingested before comes to the same, also through restarts, and once more changes nothing', {
    tags: ['slow'],
  }, async () => {
    expect(ingested.code).toBe(0)
    expect(lastLine(ingested)).toEqual({ records: expect.any(Number), log: kept })
    const ran = lastLine(restarted)
    expect(ran.restarts).toBeGreaterThan(0)
    const again = lastLine(await joai(['replay', '--log', kept, '--json']))
    const { outputHash, stateHash, decisionsHash, sends } = lastLine(replayed)
    for (const result of [ran, again]) expect(result).toMatchObject({ outputHash, stateHash, decisionsHash, sends })
  })

  test('is not mixed with another one: a folder that holds records takes no adapter', { tags: ['slow'] }, async () => {
    refused(await joai(['replay', ...sample, '--log', kept]), /holds records already/)
    refused(await joai(['ingest', ...sample, '--log', kept]), /holds records already: name a new folder/)
  })

  test('is verified with 0', async () => {
    const verified = await joai(['verify', '--log', kept, '--json'])
    expect(verified.code).toBe(0)
    const { ok, laws } = lastLine(verified)
    expect(ok).toBe(true)
    // The grocer's release has no experiments, and joins no reference data.
    const unchecked = laws.filter(({ checked }: any) => checked === 0).map(({ law }: any) => law)
    expect(unchecked).toEqual(['experiments', 'reference'])
  })

  test('tells how a decision came about, found by its first characters', async () => {
    const ran = await joai(['explain', decision.slice(0, 12), '--log', kept, '--json'])
    expect(ran.code).toBe(0)
    expect(lastLine(ran)).toMatchObject({ decisionId: decision, outcome: { kind: 'ACT' } })
    const inWords = await joai(['explain', decision, '--log', kept])
    expect(inWords.code).toBe(0)
    expect(inWords.out).toContain(decision)
    refused(await joai(['explain', 'ffffffffffff', '--log', kept]), /there is no decision 'ffffffffffff'/)
    expect((await joai(['explain', decision.slice(0, 3), '--log', kept])).code).toBe(2)
  })

  test('that has an owner can not be opened by a second process, which names the owner', {
    tags: ['slow'],
  }, async () => {
    const log = await openEmbeddedLog(join(kept, 'log'))
    try {
      for (const args of [['replay'], ['verify'], ['explain', decision], ['ingest', ...sample]]) {
        const { code, out, err } = await joai([...args, '--log', kept])
        expect({ args, code, out }).toEqual({ args, code: 3, out: '' })
        expect(err).toContain(`in use by process ${process.pid}`)
        expect(err.trimEnd().split('\n')).toHaveLength(1)
      }
    } finally {
      await log.close()
    }
    expect((await joai(['verify', '--log', kept])).code).toBe(0)
  })

  test('with one decision too many is verified with 1, and the law is named', { tags: ['slow'] }, async () => {
    const log = await openEmbeddedLog(join(kept, 'log'))
    const { name, types } = topics.decisions
    const [last] = await log.read(name, 0, (await log.end(name, 0)) - 1, 1)
    const decided = decodeValue(types.decision, last!.value)
    const unsealed = { ...decided, provenance: { ...decided.provenance, previousHash: '', hash: '' } }
    const end = { hash: decided.provenance.hash, length: await log.end(name, 0) }
    const { value } = chain(types.decision, unsealed, end)
    await log.append([{ topic: name, partition: 0, key: last!.key, value, timestamp: last!.timestamp }])
    await log.close()
    const verified = await joai(['verify', '--log', kept, '--json'])
    expect(verified.code).toBe(1)
    const { ok, laws } = lastLine(verified)
    expect(ok).toBe(false)
    const broken = laws.filter(({ violationCount }: { violationCount: number }) => violationCount > 0)
    expect(broken.map(({ law }: { law: string }) => law)).toContain('one-decision-per-trigger')
  })
})

describe('a plan', () => {
  test('without a cluster shows all that would be made, and the rights of each role', async () => {
    const { code, out } = await joai(['plan', '--partitions', '6', '--rights'])
    expect(code).toBe(0)
    expect(out).toMatch(/topic +people {2}new internal, 6 partitions, .*message.timestamp.type=CreateTime/)
    expect(out).toMatch(/topic +events {2}new input, 6 partitions, .*message.timestamp.type=LogAppendTime/)
    expect(out).toMatch(/worker \(joai run\)\n(.*\n)+ +write, describe: transactional-id:joai\.\*/)
  })

  test('of a release describes what it changes', { tags: ['slow'] }, async () => {
    writeFileSync(join(folder, 'later.yaml'), readFileSync(grocery, 'utf8').replace('dedup: 7d', 'dedup: 8d'))
    const { code, out } = await joai(['plan', '--release', 'later.yaml', '--against', grocery])
    expect({ code, out }).toEqual({ code: 0, out: '· release     grocery  dedup: 7d → 8d\n' })
    const same = await joai(['plan', '--release', grocery, '--against', grocery, '--json'])
    expect(lastLine(same)).toEqual({ before: 'grocery', after: 'grocery', changes: [] })
  })

  test('needs to know what to compare with, and where to apply', { tags: ['slow'] }, async () => {
    refused(await joai(['plan', '--release', grocery]), /name what to compare with/)
    refused(await joai(['apply']), /say where the brokers are: --brokers host:port/)
    const { code, err } = await joai(['apply', '--brokers', '127.0.0.1:1'])
    expect(code).toBe(3)
    expect(err).toMatch(/^joai: no broker answers: .*\[cluster-failed\]\n$/)
  })
})
