import { expect, test } from 'vitest'
import { parseCatalog } from '../operators/catalog/parse-catalog.ts'
import { lineMapper } from './input/mapped-line.ts'
import { inLanguage, lines } from './test/pages.ts'

const page = 'docs/sources.md'
const shown = (language: string): string => inLanguage(language).find(block => block.page === page)!.text
const { declaration, problems } = parseCatalog(shown('yaml'), page, () => 'none')

test('the page of sources shows a catalog that is sound, and what really comes out of its sample', () => {
  expect(problems).toEqual([])
  const map = lineMapper(declaration!, 'orders', Date.UTC(2026, 0))
  const mapped = lines(shown('jsonl')).map((line, n) => map(Buffer.from(line), n + 1))
  const told = lines(shown('text'))
  expect(mapped).toMatchObject([{ to: 'events' }, { passedOver: true }, { refused: 'unmappable' }])
  const [first, , third] = mapped as any
  expect(told).toEqual([
    `line 1: events ${JSON.stringify(first.value)}`,
    'line 2: passed over',
    `line 3: refused, unmappable: ${third.detail}`,
    '1 mapped, 1 passed over, 1 refused',
  ])
})
