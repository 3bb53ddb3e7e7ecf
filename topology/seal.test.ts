import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { schema } from '../schemas/schema.ts'
import { audit, seal } from './seal.ts'

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
const open = (text: string) => Entry.encode({ text, previousHash: '', hash: '' })

test('each record names the one before it, and its link covers all of its bytes', () => {
  const first = seal(open('one'), 0, audit.empty)
  const second = seal(open('two'), 0, first.row)
  const [one, two] = [first, second].map(({ value }) => Entry.decode(value)) as [Entry, Entry]
  expect(one).toMatchObject({ text: 'one', previousHash: '' })
  expect(two).toMatchObject({ text: 'two', previousHash: one.hash })
  expect(two.hash).toBe(createHash('sha256').update(one.hash).update(open('two')).digest('hex'))
  expect(second.row).toEqual({ hash: two.hash, length: 2 })
  expect(seal(open('tw0'), 0, first.row).row.hash).not.toBe(two.hash)
})

test('a record whose links are filled already is refused', () => {
  expect(() => seal(Entry.encode({ text: 'x', previousHash: 'a', hash: 'b' }), 0, audit.empty)).toThrow(
    /two empty strings/,
  )
})
