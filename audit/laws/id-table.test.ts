import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { IdTable, marks } from './id-table.ts'

test('marks and fingerprints survive the growth of the table', () => {
  const table = new IdTable()
  const ids = Array.from({ length: 20_000 }, (_, n) =>
    createHash('sha256').update(String(n)).digest('hex').slice(0, 32),
  )
  ids.forEach((id, n) => {
    table.mark(id, marks.sent)
    table.setFingerprint(id, n + 1)
  })
  expect(ids.filter((id, n) => table.fingerprint(id) !== n + 1 || table.marksOf(id) !== marks.sent)).toEqual([])
})
