// @module-tag broker

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { type AvroSchema, identify, schema } from '../../schemas/codec/schema.ts'
import { keyed, topic } from '../../schemas/record.ts'
import { encodeValue, writeFrame } from '../../schemas/wire.ts'
import type { ConnectorError } from '../../topology/log/log.ts'
import { openFileRegistry } from '../registry/file-registry.ts'
import { subjectsOf } from '../registry/registry.ts'
import { openSchemaIds } from '../registry/schema-ids.ts'
import { readAll } from '../test/log-fixture-contract.ts'
import { openKafkaLog } from './kafka-log.ts'

const broker = inject('broker')
const lineOf = (...more: readonly object[]): AvroSchema =>
  ({ type: 'record', name: 'Line', fields: [{ name: 'text', type: 'string' }, ...more] }) as unknown as AvroSchema
const Line = schema<{ text: string }>(lineOf())
const lines = topic('lines', 'internal', { line: keyed(Line, ({ text }) => text) })
/** A record as a later version of JOAI would write it, with a schema that is not registered. */
const newer = JSON.stringify(lineOf({ name: 'more', type: 'string', default: '' }))

test.skipIf('lacks' in broker)(
  'records before one whose schema is not registered come through; it waits, says where it stands, and comes once it is',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'joai-schemas-'))
    const registry = await openFileRegistry(folder)
    const [{ subject, schema: own }] = subjectsOf(lines) as [ReturnType<typeof subjectsOf>[number]]
    await registry.register(subject, own.json)
    const app = `unknown-${randomUUID()}`
    const schemaIds = await openSchemaIds({ registry, topics: [lines] })
    const { brokers } = broker as { brokers: string }
    const log = await openKafkaLog({ brokers: brokers.split(','), clientId: app, app, prefix: `${app}.`, schemaIds })
    await log.createTopic('lines', 1)
    const ours = (text: string) => encodeValue(lines.types.line, { text })
    const later = Buffer.concat([ours('c'), Buffer.from([0])])
    writeFrame(later, identify(newer).id)
    const all = { a: ours('a'), b: ours('b'), c: later, d: ours('d') }
    await log.append(
      Object.entries(all).map(([key, value]) => ({ topic: 'lines', partition: 0, key, value, timestamp: 1 })),
    )

    const before = await log.read('lines', 0, 0, 100)
    expect(before.map(({ key }) => key)).toEqual(['a', 'b'])
    const refused = await log.read('lines', 0, 2, 100).catch((error: ConnectorError) => error)
    expect(refused).toMatchObject({ code: 'unknown-schema', retryable: true })
    expect((refused as Error).message).toMatch(/\(lines\/0, offset 2\)$/)
    await registry.register(subject, newer)
    expect((await readAll(log, 'lines', 0)).map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd'])
    await log.close()
    rmSync(folder, { recursive: true })
  },
)
