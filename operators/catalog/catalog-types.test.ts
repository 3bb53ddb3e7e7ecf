// @module-tag process

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { catalogTypes } from './catalog-types.ts'
import { parseCatalog } from './parse-catalog.ts'

const folder = mkdtempSync(join(tmpdir(), 'joai-types-'))
afterAll(() => rmSync(folder, { recursive: true }))
const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'lib', 'tsc.js')

const { declaration, problems } = parseCatalog(
  `catalog: bank
version: 1
events:
  payment_made:
    doc: Somebody paid; */ ends no comment.
    fields:
      amount: { type: number, required: true, doc: In euros. }
      at: time
      lines: { type: list, of: { type: record, fields: { sku: { type: text, required: true }, gift: flag } } }
  account_closed: { fields: {} }
  event_type: { fields: { count: { type: whole, default: 1 } } }
identifiers: { customer_no: {}, email: {} }
purposes: [service, marketing]
channels: [email, e-post]
`,
  'bank.catalog.yaml',
  () => 'none',
)

/** What the compiler says of a consumer of the types. */
function compiled(consumer: string): string {
  writeFileSync(join(folder, 'catalog.d.ts'), catalogTypes(declaration!))
  writeFileSync(join(folder, 'consumer.ts'), `import type * as Bank from './catalog.js'\n${consumer}\n`)
  const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--module', 'nodenext']
  const { stdout } = spawnSync(process.execPath, [compiler, ...flags, '--types', '', 'consumer.ts'], {
    cwd: folder,
    encoding: 'utf8',
  })
  return stdout
}

test('the types of a catalog compile, and are those of its events and words', () => {
  expect(problems).toEqual([])
  const right = `
    const paid: Bank.EventTypes['payment_made'] = { amount: 3, at: null, lines: [{ sku: 'a' }, { sku: 'b', gift: true }] }
    const timed: Bank.PaymentMade = { amount: 3, at: '2026-12-01T10:00:00Z' }
    const closed: Bank.AccountClosed = {}
    const counted: Bank.EventType_ = {}
    const type: Bank.EventType = 'account_closed'
    const [by, why, who]: [Bank.Channel, Bank.Purpose, Bank.IdentifierType] = ['e-post', 'service', 'email']
    export { by, closed, counted, paid, timed, type, who, why }`
  expect(compiled(right)).toBe('')
})

test('a field or a word that the catalog does not have is an error of the compiler', () => {
  const wrong = `
    export const a: Bank.PaymentMade = { sum: 3 }
    export const b: Bank.PaymentMade = { amount: '3' }
    export const c: Bank.PaymentMade = {}
    export const d: Bank.PaymentMade = { amount: 1, lines: [{}] }
    export const e: Bank.EventType = 'payment'
    export const f: Bank.Channel = 'sms'`
  const told = compiled(wrong)
  const lines = [...told.matchAll(/^consumer\.ts\((\d+),/gm)].map(([, line]) => Number(line))
  expect([...new Set(lines)], told).toEqual([3, 4, 5, 6, 7, 8])
})
