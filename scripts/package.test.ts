// @module-tag process
// @module-tag slow

import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BuiltPackage, lastLine, type Ran, root, run, tsc } from '../testing/test/built-package.ts'

let built: BuiltPackage
/** An empty project of someone else's, with the package installed from its tarball. */
let project: string

const npm = (args: readonly string[], cwd: string): Promise<Ran> => run('npm', args, { cwd })

beforeAll(async () => {
  built = BuiltPackage.unlinked()
  project = mkdtempSync(join(tmpdir(), 'joai-mine-'))
  expect(await npm(['pack', '--ignore-scripts', '--pack-destination', project], built.folder)).toMatchObject({
    code: 0,
  })
  const tarball = readdirSync(project).find(file => file.endsWith('.tgz'))!
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'mine', private: true, type: 'module' }))
  await install(tarball)
})

/** From the tarball, with what it depends on; without a registry, that is borrowed from this repository. */
async function install(tarball: string): Promise<void> {
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries=0']
  const { code, err } = await npm(['install', `./${tarball}`, ...flags], project)
  if (code === 0) return
  expect(err).toMatch(/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTCACHED|ENETUNREACH/)
  console.warn('no registry: the dependencies of the installed package are those of this repository')
  const modules = join(project, 'node_modules')
  rmSync(modules, { recursive: true, force: true })
  mkdirSync(join(modules, '.bin'), { recursive: true })
  const isBorrowed = (name: string) => !name.startsWith('.') && !['vitest', 'testcontainers'].includes(name)
  for (const name of readdirSync(join(root, 'node_modules')).filter(isBorrowed))
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  expect(await run('tar', ['-xzf', tarball, '-C', 'node_modules'], { cwd: project })).toMatchObject({ code: 0 })
  renameSync(join(modules, 'package'), join(modules, 'joai'))
  symlinkSync('../joai/dist/scripts/joai.js', join(modules, '.bin/joai'))
  chmodSync(join(modules, 'joai/dist/scripts/joai.js'), 0o755)
}

afterAll(() => {
  built.remove()
  rmSync(project, { recursive: true, force: true })
})

const npx = (...args: readonly string[]): Promise<Ran> => run('npx', ['--no-install', ...args], { cwd: project })
const write = (file: string, lines: readonly object[]) =>
  writeFileSync(join(project, file), lines.map(line => `${JSON.stringify(line)}\n`).join(''))

/** Compiles with all of strict, the types of what is installed checked too, and no types of Node's. */
function compile(...files: readonly string[]): Promise<Ran> {
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    types: [],
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  return run(process.execPath, [tsc, '-p', 'tsconfig.json'], { cwd: project })
}

/** Someone's own topology, in all four parts of the package. */
const mine = `
import { operator } from 'joai/operator'
import { table } from 'joai/state'
import { input, TopologyTest } from 'joai/testing'
import { keyed, schema, topic, topology as build } from 'joai/topology'

interface Sale { readonly shop: string; readonly amount: number }
const Sale = schema<Sale>({ type: 'record', name: 'Sale', fields: [{ name: 'shop', type: 'string' }, { name: 'amount', type: 'double' }] })
const byShop = ({ shop }: Sale) => shop
const sales = topic('sales', 'input', { sale: keyed(Sale, byShop) })
const totals = topic('totals', 'public', { total: keyed(Sale, byShop) })
const sums = table('sums', { schema: Sale, empty: { shop: '', amount: 0 } })

const adding = operator({
  name: 'adding',
  input: { sale: Sale },
  output: Sale,
  writes: sums,
  on: {
    sale({ value }, row) {
      const sum: Sale = { shop: value.shop, amount: row.amount + value.amount }
      return { row: sum, emit: [sum] }
    },
  },
})

export const topology = build('mine', graph => {
  const { sale } = graph.source(sales, 'adding')
  graph.sink(totals, { total: graph.process(adding, { sale }) })
})

export async function tried(): Promise<number[]> {
  const bench = await TopologyTest.open(topology)
  await bench.run([
    input(sales, 'sale', { shop: 'a', amount: 2 }, { key: 'a', timestamp: 1 }),
    input(sales, 'sale', { shop: 'a', amount: 3 }, { key: 'a', timestamp: 2 }),
  ])
  return (await bench.read(totals, 'total')).map(({ value }) => value.amount)
}
`

test('compiles strictly in an empty project, without the types of Node', async () => {
  writeFileSync(join(project, 'mine.ts'), mine)
  const compiled = await compile('mine.ts')
  expect(compiled).toEqual({ code: 0, out: '', err: '' })
})

test('its types refuse a stream that does not fit', async () => {
  writeFileSync(
    join(project, 'wrong.ts'),
    mine.replace('{ total: graph.process', '{ total: sale.node, wrong: graph.process'),
  )
  const { code, out } = await compile('wrong.ts')
  expect(code).not.toBe(0)
  expect(out).toMatch(/wrong\.ts\(\d+,\d+\): error TS/)
})

test("replays and describes someone's own topology", async () => {
  write('sales.jsonl', [
    { shop: 'a', amount: 2 },
    { topic: 'sales', timestamp: 5, key: 'b', value: { shop: 'b', amount: 7 } },
    { shop: 'a', amount: 'three' },
    { shop: 'a', amount: 3 },
  ])
  const ran = await npx(
    'joai',
    'replay',
    '--topology',
    './mine.js',
    '--adapter',
    'json-lines',
    '--input',
    'sales.jsonl',
    '--json',
  )
  expect(ran).toMatchObject({ code: 0 })
  expect(lastLine(ran)).toMatchObject({
    outputs: { totals: 3 },
    deadLetters: 1,
    stateHash: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  const described = await npx('joai', 'describe', '--topology', './mine.js')
  expect(described.code).toBe(0)
  expect(described.out).toContain('adding  [writes sums@1] → sink:totals@adding')
})

test('tests a topology in a process of the project', async () => {
  const script = "import('./mine.js').then(async mine => console.log(JSON.stringify(await mine.tried())))"
  expect(await run(process.execPath, ['-e', script], { cwd: project })).toEqual({ code: 0, out: '[2,5]\n', err: '' })
})

const steps = [
  ['01-count-words', [{ text: 'to be or not to be' }], { counts: 6 }],
  [
    '02-join-two-topics',
    [
      { topic: 'profiles', timestamp: 1, value: { customer: 'ann', city: 'Oslo' } },
      { topic: 'orders', timestamp: 2, value: { customer: 'ann', amount: 3 } },
    ],
    { 'located-orders': 1 },
  ],
  [
    '03-a-timer',
    [
      { timestamp: 1, value: { customer: 'ann' } },
      { timestamp: 9e8, value: { customer: 'bob' } },
    ],
    { absences: 1 },
  ],
  [
    '05-parcels',
    [
      { topic: 'scans', timestamp: 1, value: { parcel: 'p', depot: 'Leipzig', isLast: false } },
      { topic: 'deliveries', timestamp: 2, value: { parcel: 'p', region: 'north', dueAt: 1000 } },
      { topic: 'scans', timestamp: 9e8, value: { parcel: 'q', depot: 'Leipzig', isLast: false } },
    ],
    { 'located-scans': 1, 'late-counts': 1 },
  ],
] as const

test.each(steps)('runs the example %s, compiled in the project', async (name, lines, outputs) => {
  const example = `${name}.ts`
  copyFileSync(join(project, 'node_modules/joai/examples', name, 'topology.ts'), join(project, example))
  expect(await compile(example)).toEqual({ code: 0, out: '', err: '' })
  write(`${name}.jsonl`, lines)
  const ran = await npx(
    'joai',
    'replay',
    '--topology',
    `./${name}.js`,
    '--adapter',
    'json-lines',
    '--input',
    `${name}.jsonl`,
    '--json',
  )
  expect(ran).toMatchObject({ code: 0 })
  expect(lastLine(ran)).toMatchObject({ outputs, deadLetters: 0 })
})

test('runs the example 04-your-own-operator on the sample, and it counts every decision', async () => {
  const name = '04-your-own-operator'
  copyFileSync(join(project, 'node_modules/joai/examples', name, 'topology.ts'), join(project, `${name}.ts`))
  expect(await compile(`${name}.ts`)).toEqual({ code: 0, out: '', err: '' })
  writeFileSync(join(project, 'joai.yaml'), `extension: ./${name}.js\n`)
  const release = join('node_modules/joai/examples/grocery.yaml')
  const ran = await npx('joai', 'replay', '--adapter', 'sample', '--release', release, '--json')
  expect(ran).toMatchObject({ code: 0 })
  const { outputs, decisions, timerDecisions, deferrals, sends } = lastLine(ran)
  expect(outputs['daily-actions']).toBe(decisions + timerDecisions - deferrals)
  expect(Math.min(sends, deferrals)).toBeGreaterThan(0)
  const described = await npx('joai', 'describe')
  expect(described.out).toContain('daily-count  [writes daily-counts@1] → sink:daily-actions@counting')
  rmSync(join(project, 'joai.yaml'))
})

test('needs no Testcontainers, and says so where a container could be of use', async () => {
  const joai = join(project, 'node_modules/joai/dist/scripts/joai.js')
  const env = { KAFKA_BROKERS: '', PATH: '' }
  const { code, err } = await run(process.execPath, [joai, 'broker'], { cwd: project, env })
  expect(err).toContain('the package testcontainers is not installed, and java is not there [no-broker]')
  expect(code).toBe(3)
})

test('holds nothing that only tests need', () => {
  const files = readdirSync(join(project, 'node_modules/joai'), { recursive: true, encoding: 'utf8' })
  expect(files).toContain(join('dist/scripts/joai.js'))
  expect(files.filter(file => /^dist.*(\.test\.|[\\/]test[\\/])/.test(file))).toEqual([])
  expect(readdirSync(join(project, 'node_modules'))).not.toContain('vitest')
})
