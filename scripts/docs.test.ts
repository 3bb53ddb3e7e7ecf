import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseRelease } from '../operators/release/file/parse.ts'
import { releaseSchema, type Shape } from '../operators/release/file/release-schema.ts'
import { fixedTypes } from '../operators/release/rules/rule-types.ts'

const root = resolve(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

describe('the page of errors', () => {
  const headings = [...read('docs/errors.md').matchAll(/^### (.+)$/gm)].map(([, name]) => name!)
  const tracked = execFileSync('git', ['ls-files', '*.ts'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter(file => /^(schemas|state|operators|topology|connectors|scripts)\//.test(file))
    .filter(file => !/\.test\.ts$|\/test\/|adapters\/sample-/.test(file))
  const code = new Map(tracked.map(file => [file, read(file)]))
  const found = (patterns: readonly RegExp[], files: Iterable<string>): Set<string> =>
    new Set(
      [...files].flatMap(text => patterns.flatMap(pattern => [...text.matchAll(pattern)].map(([, name]) => name!))),
    )
  const written = found(
    [
      /new (?:ConnectorError|StoreError|TaskStopped|BadRecord)\(\s*['`]([^'`]+)['`]/g,
      /\bflaw\('([^']+)', /g,
      /\bflaw\(`(\S+)`/g,
      /reason: ['`]([a-z][^'`\s]*)['`]/g,
      /return `(limit:[^`]+)`/g,
      /reason = `(\S+)`/g,
      /letter\(.* \? '([^']+)' : '[^']+'/g,
      /letter\(.* \? '[^']+' : '([^']+)'/g,
    ],
    code.values(),
  )
  const removing = ['operators/deciding/policy-filter.ts', 'operators/contact-policy/contact-plan.ts'].map(
    file => code.get(file)!,
  )
  const removals = found([/'((?:[a-z]+-)+[a-z]+|stopped|suppressed)'/g], removing)
  removals.delete('policy-filter')
  const codes = [...written, ...removals]
  const isHeadingOf = (name: string) => {
    const literal = name.split(/\$\{[^}]+\}/).map(part => part.replace(/[^\w:-]/g, '\\$&'))
    return new RegExp(`^${literal.join('.+')}$`)
  }

  test('has a heading for every code and reason in the source', () => {
    expect(codes.length).toBeGreaterThan(60)
    expect(codes.filter(name => !headings.some(heading => isHeadingOf(name).test(heading)))).toEqual([])
  })

  test('has no heading that the source does not know, and none twice', () => {
    expect(headings.filter(heading => !codes.some(name => isHeadingOf(name).test(heading)))).toEqual([])
    expect(new Set(headings).size).toBe(headings.length)
  })
})

describe('the page of releases', () => {
  const page = read('docs/releases.md')
  const [, yaml = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(page) ?? []
  const keysOf = (shape: Shape): string[] => [
    ...Object.entries(shape.properties ?? {}).flatMap(([key, inner]) => [key, ...keysOf(inner)]),
    ...['items', 'additionalProperties'].flatMap(key =>
      typeof shape[key] === 'object' ? keysOf(shape[key] as Shape) : [],
    ),
  ]

  test('shows a release that is sound', () => {
    expect(parseRelease(yaml, 'docs/releases.md').problems).toEqual([])
  })

  test('uses every key that a release may have', () => {
    const keys = new Set(keysOf(releaseSchema))
    expect(keys.size).toBeGreaterThan(80)
    const absent = [...keys].filter(key => !new RegExp(`(^|[\\s{,-])${key}:`, 'm').test(yaml))
    // Channels of a budget's costs, of which the example gives four.
    expect(absent.filter(key => !['web', 'call'].includes(key))).toEqual([])
  })

  test('names every variable that a rule can ask about', () => {
    for (const [name, fields] of Object.entries(fixedTypes)) {
      expect(page).toContain(`\`${name.toLowerCase()}\``)
      for (const field of Object.keys(fields)) expect(page, field).toContain(`\`${field}\``)
    }
  })
})

describe('the table of features', () => {
  const rows = [...read('docs/features.md').matchAll(/^\| ([A-Z]\d+) \| (.*?) \| (yes|in part|not yet) \| (.*) \|$/gm)]

  test('has the rows that this version answers for', () => {
    const wanted =
      'I1 I2 I3 I4 I5 I7 I12 C1 C2 C3 C4 C6 C7 F1 F3 F5 F6 F7 E1 E2 E3 E4 E5 E6 A1 A2 A6 A7 L1 L2 L3 L4 L5 L6 L7 L8 X1 D1 D2 D3 D4 D5 D6 R1 R5 R6 R7 V1 O1 O2 O3 O4 O8'
    expect(rows.map(([, id]) => id).join(' ')).toBe(wanted)
  })

  test.each(rows.map(([, id, , holds, tests]) => ({ id, holds, tests })))(
    '$id: the tests that it names are there',
    ({ holds, tests }) => {
      const named = [...tests!.matchAll(/\[([^\]]+)\]\(([^)]+\.ts)\)/g)]
      if (holds === 'yes') expect(named.length).toBeGreaterThan(0)
      for (const [, name, file] of named) expect(declares(join('docs', file!), name!), `${file}: ${name}`).toBe(true)
    },
  )
})

/** Whether a test, a law or a group of tests of this name is declared in the file. */
function declares(file: string, name: string): boolean {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`\\(\\s*['"\`]${literal}['"\`],`).test(read(file))
}
