import avro from 'avsc'
import { expect, test } from 'vitest'
import { foreignSchema } from './foreign-schema.ts'

const payment = {
  type: 'record',
  name: 'Payment',
  fields: [
    { name: 'no', type: 'long' },
    { name: 'amount', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } },
    { name: 'seen', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'due', type: { type: 'int', logicalType: 'date' } },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['CARD', 'CASH'] } },
    {
      name: 'note',
      type: ['null', 'string', 'long', { type: 'record', name: 'Note', fields: [{ name: 'a', type: 'int' }] }],
    },
    { name: 'tags', type: { type: 'map', values: ['null', 'string'] } },
    { name: 'lines', type: { type: 'array', items: 'Note' } },
    { name: 'raw', type: 'bytes' },
  ],
} as const
const value = {
  no: 7,
  amount: Buffer.from([0xfb, 0x2e]),
  at: 1_764_590_400_123_456,
  seen: 1_764_590_400_123,
  due: 20_423,
  kind: 'CARD',
  note: { Note: { a: 1 } },
  tags: { shop: { string: 's1' }, none: null },
  lines: [{ a: 2 }],
  raw: Buffer.from('ab'),
}
const written = (given: object): Buffer => {
  const type = avro.Type.forSchema(payment as never, { wrapUnions: true })
  return Buffer.concat([Buffer.alloc(5), type.toBuffer(given)])
}
const own = foreignSchema(JSON.stringify(payment))

test('what a company wrote with a schema of its own is read as plain values, as JSON would have them', () => {
  expect(own.decode(written(value), 5)).toEqual({
    no: 7,
    amount: -12.34,
    at: 1_764_590_400_123,
    seen: 1_764_590_400_123,
    due: '2025-12-01',
    kind: 'CARD',
    note: { a: 1 },
    tags: { shop: 's1', none: null },
    lines: [{ a: 2 }],
    raw: 'YWI=',
  })
  for (const [note, plain] of [
    [null, null],
    [{ string: 'x' }, 'x'],
    [{ long: 5 }, 5],
  ])
    expect(own.decode(written({ ...value, note }), 5)).toMatchObject({ note: plain })
})

test('bytes of another schema, cut off, too long or with a number that has lost digits, are refused', () => {
  const bytes = written(value)
  expect(() => own.decode(bytes.subarray(0, -1), 5)).toThrow()
  expect(() => own.decode(Buffer.concat([bytes, Buffer.alloc(1)]), 5)).toThrow('bytes of another length')
  const wide = foreignSchema('{"type":"record","name":"A","fields":[{"name":"no","type":"long"}]}')
  expect(() =>
    wide.decode(Buffer.from([0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), 5),
  ).toThrow()
})
