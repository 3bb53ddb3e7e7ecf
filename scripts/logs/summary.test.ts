import { expect, test } from 'vitest'
import { topics } from '../../schemas/topics.ts'
import { input, TopologyTest } from '../../testing/topology-test.ts'
import { journey } from '../../topology/journey.ts'
import { lawsRelease, secret } from '../../topology/test/random-history.ts'
import { summarize } from './summary.ts'

const at = Date.UTC(2024, 2, 25, 12)

const viewed = (eventId: string, ...identifiers: readonly { readonly type: string; readonly value: string }[]) =>
  input(
    topics.events,
    'event',
    {
      eventId,
      type: 'page_viewed',
      occurredAt: at,
      identifiers,
      source: 'test',
      schemaVersion: 1,
      data: { 'joai.OpenData': { fields: { url: '/' } } },
    },
    { key: eventId, timestamp: at },
  )

test('a person known only by a merge counts, and counts once', async () => {
  const bench = await TopologyTest.open(journey({ secret }), { partitions: 2 })
  const [ben, email] = [
    { type: 'household_id', value: 'ben' },
    { type: 'email_hash', value: '5f3a' },
  ]
  await bench.run([lawsRelease(), viewed('1', { type: 'household_id', value: 'anna' }), viewed('2', ben!, email!)])
  expect(await summarize(bench.log)).toMatchObject({ persons: 2, merges: 1 })
})
