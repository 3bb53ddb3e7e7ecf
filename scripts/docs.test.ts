import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { catalogSchema } from '../operators/catalog/catalog-schema.ts'
import { parseCatalog } from '../operators/catalog/parse-catalog.ts'
import { parseRelease } from '../operators/release/file/parse.ts'
import { releaseSchema } from '../operators/release/file/release-schema.ts'
import type { FileShape } from '../operators/release/file/shapes.ts'
import { firstCatalog } from '../schemas/catalog/first-catalog.ts'
import { days, hours, minutes } from '../schemas/record.ts'
import { type DescribedNode, describeJson } from '../topology/graph/describe.ts'
import { journey } from '../topology/journey.ts'
import { type Block, inLanguage, isEllipsis, lines, pages, read, root } from './test/pages.ts'

describe('code that is shown', () => {
  /** Names the test that runs code which stands in a page only. */
  const runner = ({ note }: Block): string | undefined => /^run by (\S+\.test\.ts)$/.exec(note)?.[1]
  const quoted = inLanguage('ts').filter(block => runner(block) === undefined)

  test('stands word for word, in one piece, in the file that it is said to be from', () => {
    for (const { note, text } of quoted) {
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
    expect(quoted.length).toBeGreaterThanOrEqual(2)
  })

  test('is run by a test that lies beside it', () => {
    for (const block of inLanguage('ts').filter(runner)) expect(read(runner(block)!)).toContain(block.page)
    for (const { note } of quoted) {
      const file = note.replace('from ', '')
      const beside = file.endsWith('.test.ts') ? [file] : [file.replace(/\.ts$/, '.test.ts'), 'topology/laws.test.ts']
      expect(beside.some(name => existsSync(join(root, name)))).toBe(true)
    }
  })
})

describe('pictures of the topology', () => {
  const { nodes } = describeJson(journey({ secret: 'the secret of the picture' }))

  test('in README: the logs of each sub-topology', () => {
    const arrows = nodes.flatMap(({ kind, subTopology, topic }) => {
      if (kind === 'source') return [`${topic} → ${subTopology}`]
      return kind === 'sink' ? [`${subTopology} → ${topic!.replace(/^sends\..*/, 'sends.*')}`] : []
    })
    expect(arrowsIn('README.md').sort()).toEqual([...new Set(arrows)].sort())
  })

  test('in the page of the architecture: the operators, the logs and the arrows of `joai describe`', () => {
    const byId = new Map(nodes.map(node => [node.id, node]))
    const nameOf = ({ operator, topic }: DescribedNode) => operator ?? topic?.replace(/^sends\..*/, 'sends.*')
    // Filters are left out, and both ends of a log are one.
    const targets = (id: string): DescribedNode[] =>
      byId.get(id)!.to.flatMap(to => (byId.get(to.id)!.kind === 'filter' ? targets(to.id) : [byId.get(to.id)!]))
    const arrows = nodes
      .filter(({ kind }) => kind !== 'filter')
      .flatMap(node => targets(node.id).map(to => `${nameOf(node)} → ${nameOf(to)}`))
    expect(arrowsIn('docs/architecture.md').sort()).toEqual([...new Set(arrows)].sort())
  })
})

/** The arrows of a page's flowchart, by the labels of their ends. */
function arrowsIn(wanted: string): string[] {
  const { text } = inLanguage('mermaid').find(({ page }) => page === wanted)!
  const labels = new Map([...text.matchAll(/([\w.-]+)\[\(?"([^"]+)"\)?\]/g)].map(([, id, label]) => [id!, label!]))
  const ends = (side: string) => side.split(' & ').map(end => end.trim().replace(/\[.*$/, ''))
  const labelOf = (id: string) => labels.get(id) ?? id
  return lines(text).flatMap(line => {
    const [from, to] = line.split(' --> ')
    if (from === undefined || to === undefined) return []
    return ends(from).flatMap(a => ends(to).map(b => `${labelOf(a)} → ${labelOf(b)}`))
  })
}

describe('references', () => {
  const exists = (path: string) => existsSync(join(root, path))
  const rooms =
    /^(schemas|state|operators|topology|connectors|audit|simulation|testing|scripts|bench|docs|examples)\/[\w./-]*$/

  test.each(pages.map(page => ({ page })))(
    '$page links only to pages, headings and files that are there',
    ({ page }) => {
      const text = read(page).replaceAll(/^```[\s\S]*?^```$/gm, '')
      for (const [link, target] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [file = '', anchor] = target!.split('#')
        const path = file === '' ? page : join(dirname(page), file)
        expect(exists(path), link).toBe(true)
        if (anchor) expect(headingsOf(path), link).toContain(anchor)
      }
      for (const [, path] of text.matchAll(/`([^`\n]+)`/g))
        if (rooms.test(path!)) expect(exists(path!), path).toBe(true)
    },
  )

  test('no page holds what a merge left undecided', () => {
    for (const page of pages) expect(read(page), page).not.toMatch(/^(<{7}|>{7}) /m)
  })

  test('to scripts of the package name scripts that it has', () => {
    const { scripts } = JSON.parse(read('package.json'))
    for (const page of pages)
      for (const [, name] of read(page).matchAll(/npm run (?:-s )?([\w:]+)/g))
        expect(Object.keys(scripts), page).toContain(name)
  })
})

/** The headings of a page, as links name them. */
function headingsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe('the page of limits', () => {
  const rows = [...read('docs/limits.md').matchAll(/^\| (.+?) \| ([\d,]+) ?(\w*) \|.* `(\w+)` in `([\w/.-]+)` \|$/gm)]
  const units: Readonly<Record<string, number>> = { minutes: minutes(1), hour: hours(1), days: days(1) }

  test('names a constant for each refusal', () => {
    expect(rows.length).toBeGreaterThanOrEqual(23)
  })

  test.each(rows.map(([, what, value, unit, constant, file]) => ({ what, value, unit, constant, file })))(
    '$what: $value $unit, as $constant says',
    ({ value, unit, constant, file }) => {
      const [, expression] = new RegExp(`\\b${constant} ?[=:] ([^,;\\n}]+)`).exec(read(file!)) ?? []
      expect(expression, `${constant} in ${file}`).toBeDefined()
      const inCode = new Function('minutes', 'hours', 'days', `return ${expression}`)(minutes, hours, days)
      expect(inCode).toBe(Number(value!.replaceAll(',', '')) * (units[unit!] ?? 1))
    },
  )
})

test('the page of the architecture lists the rooms whose imports are checked', () => {
  const rooms = [...read('docs/architecture.md').matchAll(/^\| `(\w+)\/` \|/gm)].map(([, room]) => room)
  const checked = [...read('scripts/architecture.test.ts').matchAll(/^ {2}(\w+): \(.*=>/gm)].map(([, room]) => room)
  expect(rooms).toEqual(checked)
})

test('README is short enough to be read to the end', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(200)
})

describe('the page of errors', () => {
  const headings = [...read('docs/errors.md').matchAll(/^### (.+)$/gm)].map(([, name]) => name!)
  const product = ['schemas', 'state', 'operators', 'topology', 'connectors', 'audit', 'scripts']
    .flatMap(room => readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map(file => join(room, file)))
    .filter(file => file.endsWith('.ts') && !/\.test\.ts$|\/test\/|adapters\/sample-/.test(file))
  const code = new Map(product.map(file => [file, read(file)]))
  const found = (patterns: readonly RegExp[], files: Iterable<string>): Set<string> =>
    new Set(
      [...files].flatMap(text => patterns.flatMap(pattern => [...text.matchAll(pattern)].map(([, name]) => name!))),
    )
  const written = found(
    [
      /new (?:ConnectorError|StoreError|TaskStopped|BadRecord|ReleaseRefused)\(\s*['`]([^'`]+)['`]/g,
      /\binvalid\('([^']+)', /g,
      /\binvalid\(`(\S+)`/g,
      /reason: ['`]([a-z][^'`\s]*)['`]/g,
      /return `(limit:[^`]+)`/g,
      /reason = `(\S+)`/g,
      /deadLetter\(.* \? '([^']+)' : '[^']+'/g,
      /deadLetter\(.* \? '[^']+' : '([^']+)'/g,
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

describe('the page of catalogs', () => {
  const [, yaml = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(read('docs/catalog.md')) ?? []

  test('shows a catalog that is sound and uses every key', () => {
    expect(parseCatalog(yaml, 'docs/catalog.md', () => 'none').problems).toEqual([])
    const keys = new Set(catalogKeysOf(catalogSchema))
    expect(keys.size).toBeGreaterThan(25)
    expect([...keys].filter(key => !new RegExp(`(^|[\\s{,\`-])${key}:`, 'm').test(yaml))).toEqual([])
  })
})

/** The keys that a shape names, at any depth. */
function catalogKeysOf(shape: FileShape): string[] {
  const { properties = {}, $defs = {} } = shape as {
    properties?: Record<string, FileShape>
    $defs?: Record<string, FileShape>
  }
  const inner = [shape.items, shape.additionalProperties, ...Object.values($defs)].filter(
    one => typeof one === 'object',
  )
  return [
    ...Object.entries(properties).flatMap(([key, value]) => [key, ...catalogKeysOf(value)]),
    ...inner.flatMap(one => catalogKeysOf(one as FileShape)),
  ]
}

describe('the page of releases', () => {
  const page = read('docs/releases.md')
  const [, yaml = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(page) ?? []
  const keysOf = (shape: FileShape): string[] => [
    ...Object.entries(shape.properties ?? {}).flatMap(([key, inner]) => [key, ...keysOf(inner)]),
    ...['items', 'additionalProperties'].flatMap(key =>
      typeof shape[key] === 'object' ? keysOf(shape[key] as FileShape) : [],
    ),
  ]

  test('shows a release that is sound', () => {
    expect(parseRelease(yaml, 'docs/releases.md').problems).toEqual([])
  })

  test('uses every key that a release may have', () => {
    const keys = new Set(keysOf(releaseSchema(firstCatalog.declaration)))
    expect(keys.size).toBeGreaterThan(80)
    const absent = [...keys].filter(key => !new RegExp(`(^|[\\s{,-])${key}:`, 'm').test(yaml))
    // Channels of a budget's costs, of which the example gives four.
    expect(absent.filter(key => !['web', 'call'].includes(key))).toEqual([])
  })
})

describe('the table of features', () => {
  const rows = [
    ...read('docs/features.md').matchAll(/^\| ([A-Z]\d+) \| .+? \| .+? \| (yes|in part|not yet) \| (.*)\|$/gm),
  ].map(([, id, holds, tests]) => ({ id: id!, holds, named: [...tests!.matchAll(/\[([^\]]+)\]\(([^)]+\.ts)\)/g)] }))

  test('has the rows that this version answers for', () => {
    const wanted =
      'I1 I2 I3 I4 I5 I6 I7 I10 I12 I13 I14 I17 C1 C2 C3 C4 C6 C7 C12 F1 F3 F5 F6 F7 E1 E2 E3 E4 E5 E6 E12 A1 A2 A6 A7 L1 L2 L3 L4 L5 L6 L7 L8 L11 X1 D1 D2 D3 D4 D5 D6 V1 R1 R5 R6 R7 R9 O1 O2 O3 O4 O6 O7 O8 O11 O12'
    expect(rows.filter(({ holds }) => holds !== 'not yet').map(({ id }) => id)).toEqual(wanted.split(' '))
  })

  test.each(rows)('$id: a row that holds names tests, and they are there', ({ holds, named }) => {
    if (holds === 'yes') expect(named.length).toBeGreaterThan(0)
    if (holds === 'not yet') expect(named).toEqual([])
    for (const [, name, file] of named) expect(declares(join('docs', file!), name!), `${file}: ${name}`).toBe(true)
  })
})

/** Whether a test, a law or a group of tests of this name is declared in the file. */
function declares(file: string, name: string): boolean {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`\\(\\s*['"\`]${literal}['"\`],`).test(read(file))
}
