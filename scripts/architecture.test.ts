import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { generate } from './build/generate-types.mjs'
import {
  circlesIn,
  fileGraph,
  folderGraph,
  type Import,
  importsOf,
  isTest,
  repositoryFiles,
  root,
} from './test/import-graph.ts'

/** The files of `state` that an operator may import: what a row is, not where it is kept. */
const rowFiles = ['state/table.ts', 'state/person.ts', 'state/windows/']

const isIn = (file: string, ...places: readonly string[]): boolean => places.some(place => file.startsWith(place))

/** The files that each room may import, besides its own. */
const below = {
  schemas: () => false,
  state: ({ target }) => isIn(target, 'schemas/'),
  operators: ({ target }) => isIn(target, 'schemas/') || isIn(target, ...rowFiles),
  topology: ({ target }) => isIn(target, 'schemas/', 'state/', 'operators/'),
  connectors: ({ target }) => isIn(target, 'schemas/', 'topology/log/'),
  audit: ({ target, isType }) =>
    isIn(target, 'schemas/', 'topology/log/') || (isType && target === 'operators/release/release.ts'),
  simulation: ({ target }) => isIn(target, 'schemas/'),
  testing: ({ target, isType }) =>
    isIn(target, 'schemas/', 'state/', 'topology/') ||
    (isType && isIn(target, 'operators/')) ||
    target === 'connectors/embedded/memory-log.ts',
  scripts: ({ target }) => !isIn(target, 'bench/', 'examples/'),
} satisfies Record<string, (imported: Import) => boolean>
type Room = keyof typeof below
const rooms = Object.keys(below) as readonly Room[]

const isCode = (file: string): boolean => file.endsWith('.ts') && !file.endsWith('.d.ts')
const product = repositoryFiles.filter(
  file => isIn(file, ...rooms.map(room => `${room}/`)) && isCode(file) && !isTest(file),
)
const productOf = (room: Room): readonly string[] => product.filter(file => isIn(file, `${room}/`))
const shown = ({ file, target, isType }: Import): string => `${file} imports ${isType ? 'a type of ' : ''}${target}`

test('folders import only downwards', () => {
  const imports = rooms.flatMap(room =>
    productOf(room)
      .flatMap(importsOf)
      .filter(({ target }) => !isIn(target, `${room}/`))
      .map(imported => ({ room, ...imported })),
  )
  expect(imports.filter(imported => !below[imported.room](imported)).map(shown)).toEqual([])
  expect(imports.length).toBeGreaterThan(500)
})

test('no files and no folders import each other in a circle, types included', () => {
  const imports = repositoryFiles.filter(file => isCode(file) && !isTest(file)).flatMap(importsOf)
  expect(imports.length).toBeGreaterThan(1500)
  expect(circlesIn(fileGraph(imports))).toEqual([])
  expect(circlesIn(folderGraph(imports))).toEqual([])
})

test('a circle of files or of folders would be found', () => {
  const imported = (file: string, target: string): Import => ({ file, target, isType: true })
  const ofFiles = [imported('a/b.ts', 'a/c.ts'), imported('a/c.ts', 'a/d.ts'), imported('a/d.ts', 'a/b.ts')]
  expect(circlesIn(fileGraph([...ofFiles, imported('a/e.ts', 'a/b.ts')]))).toEqual([['a/b.ts', 'a/c.ts', 'a/d.ts']])
  expect(circlesIn(folderGraph(ofFiles))).toEqual([])
  const ofFolders = [imported('a/b.ts', 'a/f/c.ts'), imported('a/f/d.ts', 'g/e.ts'), imported('g/h.ts', 'a/i.ts')]
  expect(circlesIn(fileGraph(ofFolders))).toEqual([])
  expect(circlesIn(folderGraph(ofFolders))).toEqual([['a', 'a/f', 'g']])
})

test('no folder holds more than 25 files, tests apart', () => {
  const counts = new Map<string, number>()
  for (const file of repositoryFiles.filter(file => !isTest(file)))
    counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  expect([...counts].filter(([, count]) => count > 25)).toEqual([])
  expect(counts.size).toBeGreaterThan(40)
})

test('what only tests use is imported by tests only', () => {
  const imports = repositoryFiles.filter(file => isCode(file) && !isTest(file)).flatMap(importsOf)
  expect(imports.filter(({ target }) => isTest(target)).map(shown)).toEqual([])
})

test('code that decides is pure: no clock, no chance, no node module, no locale', () => {
  const forbidden = [
    /from 'node:/,
    /Date\.now|new Date\(\)|performance\.|Math\.random|setTimeout|setInterval|setImmediate/,
    /process\.|globalThis|\bfetch\(/,
    /Math\.pow|\*\*(?!\/|\*)|localeCompare|\bIntl\.|toLocale/,
  ]
  const wrong: string[] = []
  const rows = productOf('state').filter(file => isIn(file, ...rowFiles))
  const files = [...productOf('operators'), 'topology/task/person-moves.ts', ...rows, 'state/row-set.ts']
  for (const file of files) {
    const code = withoutComments(readFileSync(join(root, file), 'utf8'))
    for (const pattern of forbidden) {
      const found = pattern.exec(code)
      if (found) wrong.push(`${file}: ${found[0]}`)
    }
  }
  expect(wrong).toEqual([])
  expect(files.length).toBeGreaterThan(30)
})

test('a command that asks a folder loads neither the clients of a cluster nor the demo', () => {
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
  const readers = product.filter(file => /process\.env/.test(readFileSync(join(root, file), 'utf8')))
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

test('an exported name has one meaning in the whole repository', () => {
  const files = new Map<string, Set<string>>()
  // An example is a program of its own, whose names meet no other example's.
  const bench = repositoryFiles.filter(file => isIn(file, 'bench/') && isCode(file) && !isTest(file))
  for (const file of [...product, ...bench]) {
    const code = readFileSync(join(root, file), 'utf8')
    // An interface and a value of one name in one file are one thing; a re-export gives no new meaning.
    const declared = /^export (?:async |abstract )*(?:function\*?|const|let|class|interface|type) (\w+)/gm
    for (const [, name] of code.matchAll(declared)) files.set(name!, (files.get(name!) ?? new Set()).add(file))
  }
  const twice = [...files].filter(([, { size }]) => size > 1)
  expect(twice.map(([name, where]) => `${name}: ${[...where].join(', ')}`)).toEqual([])
  expect(files.size).toBeGreaterThan(1000)
})

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
}
