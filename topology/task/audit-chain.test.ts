import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { schema } from '../../schemas/codec/schema.ts'
import type { AuditRow } from '../../schemas/generated.ts'
import { headerLength, schemaIdOf } from '../../schemas/wire.ts'
import { audit } from '../../state/audit.ts'
import { chain } from './audit-chain.ts'

interface Entry {
  readonly text: string
  readonly previousHash: string
  readonly hash: string
}
const Entry = schema<Entry>({
  type: 'record',
  name: 'Entry',
  fields: ['text', 'previousHash', 'hash'].map(name => ({ name, type: 'string' as const })),
})
const open = (text: string): Entry => ({ text, previousHash: '', hash: '' })
const sealed = (value: Entry, after: AuditRow) => chain({ schema: Entry }, value, after)

test('each record names the previous one, and its link covers all of its bytes', () => {
  const first = sealed(open('one'), audit.empty)
  const second = sealed(open('two'), first.row)
  const [one, two] = [first, second].map(({ value }) => Entry.decode(value, Entry.id, headerLength)) as [Entry, Entry]
  expect(one).toMatchObject({ text: 'one', previousHash: '' })
  expect(two).toMatchObject({ text: 'two', previousHash: one.hash })
  expect(two.hash).toBe(
    createHash('sha256')
      .update(one.hash)
      .update(Entry.encode(open('two')))
      .digest('hex'),
  )
  expect([first, second].map(({ value }) => schemaIdOf(value))).toEqual([Entry.id, Entry.id])
  expect(second.row).toEqual({ hash: two.hash, length: 2 })
  expect(sealed(open('tw0'), first.row).row.hash).not.toBe(two.hash)
})

test('a record whose links are already filled is refused', () => {
  expect(() => sealed({ text: 'x', previousHash: 'a', hash: 'b' }, audit.empty)).toThrow(/two empty strings/)
})
