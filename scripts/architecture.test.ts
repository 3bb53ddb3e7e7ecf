import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { generate } from './build/generate-types.mjs'

const root = resolve(import.meta.dirname, '..')
const rooms = ['schemas', 'state', 'operators', 'topology', 'connectors', 'audit', 'simulation', 'scripts'] as const
type Room = (typeof rooms)[number]

/** What of `state` an operator may see: what a row is, not where it is kept. */
const rowFiles = ['state/table.ts', 'state/windows/window.ts', 'state/windows/window-series.ts', 'state/person.ts']

/** What a room may import from, besides itself. */
const below: Record<Room, (file: string) => boolean> = {
  schemas: () => false,
  state: file => file.startsWith('schemas/'),
  operators: file => file.startsWith('schemas/') || rowFiles.includes(file),
  topology: file => /^(schemas|state|operators)\//.test(file),
  connectors: file => file.startsWith('schemas/') || file.startsWith('topology/log/'),
  audit: file =>
    file.startsWith('schemas/') || file.startsWith('topology/log/') || file === 'operators/release/release.ts',
  simulation: file => file.startsWith('schemas/'),
  scripts: () => true,
}

const isTest = (file: string) => /\.test\.ts$|\/test\//.test(file)

const sources = (room: string): string[] =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .map(file => join(room, file))
    .filter(file => file.endsWith('.ts') && !file.endsWith('.d.ts'))

const imports = (file: string): string[] => {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name]) => name!)
}

test('folders import only downwards', () => {
  const wrong: string[] = []
  let checked = 0
  for (const room of rooms)
    for (const file of sources(room)) {
      if (isTest(file)) continue
      for (const name of imports(file).filter(name => name.startsWith('.'))) {
        const target = relative(root, resolve(root, dirname(file), name))
        checked++
        if (!target.startsWith(`${room}/`) && !below[room](target)) wrong.push(`${file} imports ${target}`)
      }
    }
  expect(wrong).toEqual([])
  expect(checked).toBeGreaterThan(100)
})

test('what decides is pure: no clock, no chance, no node module, no locale', () => {
  const forbidden = [
    /from 'node:/,
    /Date\.now|new Date\(\)|performance\.|Math\.random|setTimeout|setInterval|setImmediate/,
    /process\.|globalThis|\bfetch\(/,
    /Math\.pow|\*\*(?!\/|\*)|localeCompare|\bIntl\.|toLocale/,
  ]
  const wrong: string[] = []
  const files = [...sources('operators'), 'topology/task/person-moves.ts', ...rowFiles, 'state/row-set.ts']
  for (const file of files) {
    if (isTest(file)) continue
    const code = withoutComments(readFileSync(join(root, file), 'utf8'))
    for (const pattern of forbidden) {
      const found = pattern.exec(code)
      if (found) wrong.push(`${file}: ${found[0]}`)
    }
  }
  expect(wrong).toEqual([])
  expect(files.length).toBeGreaterThan(30)
})

test('what asks a folder loads neither the clients of a cluster nor the life of a demo', () => {
  const heavy = /^(kafkajs|@kafkajs\/|prom-client|pino|nodemailer)/
  const askers = ['verify', 'explain', 'person', 'tail', 'replay', 'ingest', 'lint', 'describe']
  for (const asker of askers) {
    const loaded = loadedBy(`scripts/cli/commands/${asker}.ts`)
    expect(loaded.size, asker).toBeGreaterThan(20)
    expect([...loaded].filter(([name]) => heavy.test(name)).map(([name, by]) => `${by} imports ${name}`)).toEqual([])
  }
  expect(loadedBy('scripts/cli/commands/run.ts').has('kafkajs')).toBe(true)
})

/** All that is loaded with a file, and by whom first: its imports and theirs, but for types and what comes later. */
function loadedBy(file: string): ReadonlyMap<string, string> {
  const loaded = new Map([[file, '']])
  for (const [one] of loaded) {
    if (!one.endsWith('.ts')) continue
    const code = readFileSync(join(root, one), 'utf8')
    for (const [, name] of code.matchAll(/^(?:import|export) (?!type\b)(?:[^'"]*? from )?'([^']+)'/gm)) {
      const target = name!.startsWith('.') ? relative(root, resolve(root, dirname(one), name!)) : name!
      if (!loaded.has(target)) loaded.set(target, one)
    }
  }
  return loaded
}

test('the generated types are those of the .avsc files', () => {
  expect(readFileSync(join(root, 'schemas/generated.ts'), 'utf8')).toBe(generate())
})

test('the environment is read in one place', () => {
  const readers = rooms
    .flatMap(sources)
    .filter(file => !isTest(file) && /process\.env/.test(readFileSync(join(root, file), 'utf8')))
  expect(readers).toEqual(['scripts/cli/environment.ts'])
})

test('nothing tracked names a path of one machine', { tags: ['process'] }, () => {
  const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter(file => /\.(ts|mjs|md|json|ya?ml)$/.test(file))
  const wrong = files.filter(file =>
    /(^|[^A-Za-z0-9_.])\/(work|home|root|Users)\/[A-Za-z]/.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(wrong).toEqual([])
})

/** Names that still have two meanings: the list only gets shorter. */
const knownTwice = [
  'Answer',
  'BetaTable',
  'Change',
  'Committed',
  'Counts',
  'Edge',
  'Explanation',
  'Handler',
  'Happened',
  'InputRecord',
  'Member',
  'Output',
  'Place',
  'ReceiptKind',
  'Shape',
  'Snapshot',
  'Source',
  'Standing',
  'Step',
  'Subject',
  'Summary',
  'Told',
  'World',
  'amount',
  'betaTable',
  'closedBy',
  'explain',
  'inWords',
  'jsonLines',
  'judged',
  'live',
  'logGamma',
  'lot',
  'personOf',
  'placeOf',
  'pointsOf',
  'pointsUsed',
  'posteriorOf',
  'readRelease',
  'recordOf',
  'recordsOf',
  'restore',
  'say',
  'span',
  'thingsOf',
  'unreadable',
]

test('an exported name has one meaning in the whole repository', () => {
  const files = new Map<string, Set<string>>()
  // An example is a program of its own, whose names meet no other example's.
  for (const file of [...rooms, 'audit', 'simulation', 'testing', 'bench'].flatMap(sources)) {
    if (isTest(file)) continue
    const code = readFileSync(join(root, file), 'utf8')
    // An interface and a value of one name in one file are one thing; a re-export gives no new meaning.
    const declared = /^export (?:async |abstract )*(?:function\*?|const|let|class|interface|type) (\w+)/gm
    for (const [, name] of code.matchAll(declared)) files.set(name!, (files.get(name!) ?? new Set()).add(file))
  }
  const twice = [...files].filter(([name, { size }]) => size > 1 && !knownTwice.includes(name))
  expect(twice.map(([name, where]) => `${name}: ${[...where].join(', ')}`)).toEqual([])
  expect(files.size).toBeGreaterThan(1000)
})

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
}
