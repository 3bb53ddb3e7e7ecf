import { expect, test } from 'vitest'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import { topics } from '../../schemas/topics.ts'
import { encodeValue } from '../../schemas/wire.ts'
import { consentRecordBreach } from './consent-record.ts'

const change = { purpose: 'marketing', channel: null, status: 'granted', effectiveAt: 1, recordedAt: 1 } as const
const noDetails = { lawfulBasis: '', jurisdiction: '', wordingVersion: '' }
const identifiers = [{ type: 'household_id', value: 'anna' }]

test('the record of a consent is found, written in Avro or in JSON', async () => {
  const log = openMemoryLog()
  await log.createTopic('consents', 1)
  const values = [
    encodeValue(topics.consents.types.consent, {
      eventId: 'avro',
      identifiers,
      source: '',
      change: { ...change, ...noDetails },
    }),
    Buffer.from(JSON.stringify({ eventId: 'json', identifiers, change })),
    Buffer.from('{ no JSON'),
    Buffer.from('neither'),
  ]
  await log.append(values.map(value => ({ topic: 'consents', partition: 0, key: '', timestamp: 1, value })))
  const breach = (eventId: string, offset: number) =>
    consentRecordBreach(log, eventId, { topic: 'consents', partition: 0, offset })
  expect(await breach('avro', 0)).toBe(null)
  expect(await breach('json', 1)).toBe(null)
  expect(await breach('avro', 1)).toBe('it names consents/0/1, which is another consent')
  expect(await breach('json', 2)).toBe('it names consents/0/2, which is no consent')
  expect(await breach('json', 3)).toBe('it names consents/0/3, which is no consent')
})

test('a consent from another system needs a record there; one from a log of ours that holds no consents has none', async () => {
  const log = await openMemoryLog()
  await log.createTopic('crm.permissions', 1)
  await log.createTopic('events', 1)
  const record = { partition: 0, key: '', timestamp: 1, value: Buffer.from('{}') }
  await log.append(['crm.permissions', 'events'].map(topic => ({ ...record, topic })))
  const breach = (topic: string, offset: number) => consentRecordBreach(log, 'yes', { topic, partition: 0, offset })
  expect(await breach('crm.permissions', 0)).toBeNull()
  expect(await breach('crm.permissions', 1)).toBe('it names crm.permissions/0/1, which is not there')
  expect(await breach('events', 0)).toBe('it names events/0/0, where no consent is recorded')
  expect(await breach('elsewhere', 0)).toBe('it names elsewhere/0/0, where no consent is recorded')
})
