import fc from 'fast-check'
import { expect, test } from 'vitest'
import { schema } from './schema.ts'

interface Note {
  readonly text: string
  readonly bytes: Uint8Array
}
const Note = schema<Note>({
  type: 'record',
  name: 'Note',
  fields: [
    { name: 'text', type: 'string' },
    { name: 'bytes', type: 'bytes' },
  ],
})

const size = fc.oneof(fc.nat(100), fc.integer({ min: 0, max: 70_000 }), fc.integer({ min: 65_500, max: 65_560 }))
const note = fc.record({ length: size, size, header: fc.nat(8), trailer: fc.nat(130) })

test('values of any length decode to what was encoded, also when many more were encoded after them', () => {
  fc.assert(
    fc.property(fc.array(note, { minLength: 1, maxLength: 40 }), notes => {
      const encoded = notes.map(({ length, size, header, trailer }, n) => {
        const value = { text: 'ä'.repeat(length), bytes: Buffer.alloc(size, n) }
        const bytes = Note.encode(value, header, trailer)
        bytes.fill(0xff, 0, header)
        const end = bytes.length - trailer
        bytes.fill(0xff, end)
        return { value, bytes, header, end }
      })
      for (const { value, bytes, header, end } of encoded) {
        const around = [...bytes.subarray(0, header), ...bytes.subarray(end)]
        expect(around.every(byte => byte === 0xff)).toBe(true)
        const { text, bytes: read } = Note.decode(bytes.subarray(0, end), Note.id, header)
        expect([text === value.text, Buffer.compare(read, value.bytes)]).toEqual([true, 0])
      }
    }),
    { numRuns: 30 },
  )
})

test('truncated bytes are refused, and so are surplus bytes', () => {
  const bytes = Buffer.from(Note.encode({ text: 'abc', bytes: Buffer.from('de') }))
  expect(() => Note.decode(bytes.subarray(0, -1))).toThrow('truncated bytes')
  expect(() => Note.decode(Buffer.concat([bytes, Buffer.alloc(2)]))).toThrow('2 bytes too many')
})
