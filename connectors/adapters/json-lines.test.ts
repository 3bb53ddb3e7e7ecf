import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { IdentifiedRecord } from '../../schemas/input-record.ts'
import type { ReadOptions } from './adapter.ts'
import { jsonLines } from './json-lines.ts'

const minute = 60_000
const days = (count: number) => count * 86_400_000
const noon = Date.UTC(2026, 4, 1, 12)

const event = (id: string, occurredAt: unknown = noon, more: object = {}) => ({
  eventId: id,
  type: 'page_viewed',
  occurredAt,
  identifiers: [{ type: 'customer_id', value: `customer of ${id}` }],
  ...more,
})

describe('a file of JSON lines', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'joai-lines-'))
    told.length = 0
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const told: string[] = []
  const read = (...lines: readonly (object | string | Buffer)[]) => readWith({}, lines)
  const readSorted = (...lines: readonly (object | string | Buffer)[]) => readWith({ sort: true }, lines)

  async function readWith(
    options: ReadOptions,
    lines: readonly (object | string | Buffer)[],
  ): Promise<IdentifiedRecord[]> {
    const file = join(folder, 'input.jsonl')
    const parts = lines.map(line =>
      Buffer.isBuffer(line) ? line : Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)),
    )
    writeFileSync(file, Buffer.concat(parts.flatMap(part => [part, Buffer.from('\n')])))
    const records: IdentifiedRecord[] = []
    for await (const record of jsonLines.read(file, { ...options, warn: text => told.push(text) })) records.push(record)
    return records
  }

  test('a plain event goes to events, at its own time, keyed by its first identifier', async () => {
    const [record] = await read(event('e1'))
    expect(record).toEqual({
      topic: 'events',
      key: 'customer of e1',
      timestamp: noon,
      value: Buffer.from(JSON.stringify(event('e1'))),
      id: 'e1',
    })
  })

  test('times can be written in every form that intake accepts, also as ISO 8601 with a zone', async () => {
    const [own, around] = await read(event('e1', '2026-05-01T12:00:00Z'), {
      value: event('e2'),
      receivedAt: '2026-05-01T15:00:00+02:00',
    })
    expect([own!.timestamp, around!.timestamp]).toEqual([noon, Date.UTC(2026, 4, 1, 13)])
  })

  test('around an event, topic, key and time can be given', async () => {
    const receipt = { receiptId: 'r1', personId: 'p7', kind: 'clicked', occurredAt: noon }
    const consent = { eventId: 'c1', identifiers: [], change: { recordedAt: noon + 5 } }
    const records = await read(
      { topic: 'events', key: 'k', timestamp: noon - 10, value: event('e1') },
      { receivedAt: noon - 5, value: event('e2') },
      { topic: 'receipts', value: receipt },
      { topic: 'consents', value: consent },
      { topic: 'control', timestamp: noon + 9, key: 'c', base64: Buffer.of(0, 1, 255).toString('base64') },
    )
    expect(records.map(({ topic, key, timestamp, id }) => [topic, key, timestamp, id])).toEqual([
      ['events', 'k', noon - 10, 'e1'],
      ['events', 'customer of e2', noon - 5, 'e2'],
      ['receipts', 'p7', noon, 'r1'],
      ['consents', 'c1', noon + 5, 'c1'],
      ['control', 'c', noon + 9, 'line-5'],
    ])
    expect(JSON.parse(Buffer.from(records[2]!.value).toString())).toEqual(receipt)
    expect(records[4]!.value).toEqual(Buffer.of(0, 1, 255))
  })

  test('a line that is no JSON is passed on byte by byte, at the time of the line before', async () => {
    const poison = [
      Buffer.of(0xff, 0x00, 0xfe),
      Buffer.from('{"eventId": '),
      Buffer.from('null'),
      Buffer.from('[1,2]'),
      Buffer.from('"text"'),
    ]
    const records = await read(poison[0]!, event('e1'), ...poison.slice(1), event('e2', noon + 1))
    expect(records.map(({ value }) => Buffer.from(value))).toEqual([
      poison[0],
      Buffer.from(JSON.stringify(event('e1'))),
      ...poison.slice(1),
      Buffer.from(JSON.stringify(event('e2', noon + 1))),
    ])
    expect(records.map(({ timestamp }) => timestamp)).toEqual([noon, noon, noon, noon, noon, noon, noon + 1])
  })

  test('an absurd time in an event never becomes the time of the log', async () => {
    const absurd = [0, -5, 1e300, '2026', null, Date.UTC(2190, 0), Date.UTC(1985, 0), noon + 0.5]
    const records = await read(event('e1'), ...absurd.map((time, i) => event(`a${i}`, time)), event('e2', noon + 1))
    expect(records.map(({ timestamp }) => timestamp)).toEqual([...Array(1 + absurd.length).fill(noon), noon + 1])
  })

  test('one line whose clock is ahead moves no clock, however short the file is, and is refused by its time', async () => {
    for (const ahead of [minute, days(1), days(365)]) {
      const records = await read(
        event('e1'),
        event('wrong', noon + ahead),
        event('e2', noon + 10),
        event('e3', noon + 20),
      )
      expect(records.map(({ timestamp }) => timestamp - noon)).toEqual([0, 0, 10, 20])
      const { occurredAt } = JSON.parse(Buffer.from(records[1]!.value).toString())
      expect(occurredAt === 0 || occurredAt > noon + 5 * minute).toBe(true)
    }
    const many = Array.from({ length: 3000 }, (_, n) => event(`e${n}`, noon + n))
    const wrong = [100, 101, 2000].map(n => event(`wrong${n}`, noon + days(1) + n))
    const records = await read(...many.slice(0, 50), ...wrong, ...many.slice(50))
    expect(records.slice(49, 54).map(({ timestamp }) => timestamp - noon)).toEqual([49, 49, 49, 49, 50])
    expect(records.at(-1)!.timestamp).toBe(noon + 2999)
  })

  test('a line that is too early in a long file is refused by its time, and still says whose it was', async () => {
    const many = Array.from({ length: 3000 }, (_, n) => event(`e${n}`, noon + n))
    const change = { purpose: 'marketing', status: 'withdrawn', effectiveAt: noon, recordedAt: noon - days(9) }
    const identifiers = event('e1').identifiers
    const consent = { topic: 'consents', value: { eventId: 'no', identifiers, change } }
    const records = await read(...many.slice(0, 200), event('early', noon - days(2)), consent, ...many.slice(200))
    expect(records.slice(199, 203).map(({ timestamp }) => timestamp - noon)).toEqual([199, 199, 199, 200])
    const [early, no] = records.slice(200, 202).map(({ value }) => JSON.parse(Buffer.from(value).toString()))
    expect(early).toMatchObject({ eventId: 'early', occurredAt: 0, statedAt: noon - days(2) })
    expect(no).toEqual({ eventId: 'no', identifiers, change: { ...change, recordedAt: 0, statedAt: noon - days(9) } })
    expect(told).toEqual([expect.stringMatching(/the clock of line 201 and of 1 more is wrong: a dead letter/)])
  })

  test('a wrong clock on the last line ends no long history, and is mentioned in a short one', async () => {
    const many = Array.from({ length: 2000 }, (_, n) => event(`e${n}`, noon + n))
    const records = await read(...many, event('last', noon + days(365)))
    expect(records.at(-1)).toMatchObject({ id: 'last', timestamp: noon + 1999 })
    expect(told).toEqual([expect.stringMatching(/the clock of line 2001 is wrong/)])
    told.length = 0
    await read(event('e1'), event('e2', noon + 5), event('e3', noon + days(365)))
    expect(told).toEqual([
      expect.stringMatching(/line 3 \(2027-05-01T12:00:00.000Z\) comes long after line 2 .*is its clock right/),
    ])
  })

  test('sorting looks for wrong clocks too, in a file that is nearly in order and in one that is not', async () => {
    const many = Array.from({ length: 2000 }, (_, n) => event(`e${n}`, noon + n))
    const wrong = event('wrong', noon + days(365))
    for (const file of [many, many.toReversed()]) {
      const records = await readSorted(...file.slice(0, 700), wrong, ...file.slice(700))
      const times = records.map(({ timestamp }) => timestamp - noon)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(times.at(-1)).toBe(1999)
      expect(told.splice(0)).toEqual([expect.stringMatching(/the clock of line 701 is wrong/)])
    }
  })

  test('JSON over several lines, as a list or in several files is refused with what to write instead', async () => {
    const pretty = JSON.stringify(event('e1'), null, 2)
    const cases = [
      [[pretty], /write one object a line, as `jq -c '\.' FILE` does/],
      [[JSON.stringify([event('e1'), event('e2')])], /as `jq -c '\.\[\]' FILE` does/],
      [[JSON.stringify([event('e1')], null, 2)], /as `jq -c '\.\[\]' FILE` does/],
    ] as const
    for (const [lines, message] of cases)
      await expect(read(...lines)).rejects.toMatchObject({ code: 'input-bad', message: expect.stringMatching(message) })
    await expect(jsonLines.read(folder)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'input-bad',
      message: expect.stringMatching(/is a folder, .*: join its files in one, and add --sort/),
    })
  })

  test('a file that is not in order of time is refused before its first line, with the lines; --sort puts it in order', async () => {
    const [first, second, consent] = [event('e1'), event('e2', noon + days(2)), event('w', noon - days(5))]
    for (const [file, message] of [
      [[first, second, consent], 'line 3 (2026-04-26T12:00:00.000Z) comes after line 2 (2026-05-03T12:00:00.000Z)'],
      [[second, '', first, consent], 'line 3 (2026-05-01T12:00:00.000Z) comes after line 1 (2026-05-03T12:00:00.000Z)'],
    ] as const)
      await expect(read(...file)).rejects.toMatchObject({
        code: 'input-disorder',
        message: expect.stringContaining(message),
      })
    const records: IdentifiedRecord[] = []
    for await (const record of jsonLines.read(join(folder, 'input.jsonl'), { sort: true })) records.push(record)
    expect(records.map(({ id }) => id)).toEqual(['w', 'e1', 'e2'])
  })

  test('a byte order mark and indented lines are read', async () => {
    const records = await read(`\ufeff${JSON.stringify(event('e1'))}`, `  \t${JSON.stringify(event('e2'))}\r`)
    expect(records.map(({ id, value }) => [id, value[0]])).toEqual([
      ['e1', 0x7b],
      ['e2', 0x7b],
    ])
  })

  test('deep, large and empty lines and Windows line ends are accepted', async () => {
    const deep = `{"value":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`
    const large = event('large', noon, { note: 'x'.repeat(300_000) })
    const records = await read(event('e1'), '', `${JSON.stringify(event('e2'))}\r`, deep, large)
    expect(records.map(({ value }) => value.length)).toEqual([
      JSON.stringify(event('e1')).length,
      JSON.stringify(event('e2')).length,
      expect.any(Number),
      JSON.stringify(large).length,
    ])
    expect(records[2]!.value.length).toBeGreaterThan(99_000)
  })

  test('a last line without a line end counts, and a missing file is named', async () => {
    const file = join(folder, 'one.jsonl')
    writeFileSync(file, JSON.stringify(event('e1')))
    const records: IdentifiedRecord[] = []
    for await (const record of jsonLines.read(file)) records.push(record)
    expect(records.map(({ id }) => id)).toEqual(['e1'])
    const missing = async (path: string | undefined) => {
      for await (const _ of jsonLines.read(path)) expect.unreachable('it was read')
    }
    await expect(missing(join(folder, 'gone.jsonl'))).rejects.toMatchObject({ code: 'input-missing' })
    await expect(missing(folder)).rejects.toMatchObject({ code: 'input-bad' })
    await expect(missing(undefined)).rejects.toMatchObject({ code: 'input-missing' })
  })
})
