// @module-tag process
// @module-tag broker
// @module-tag slow

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import type { KafkaLog } from '../../connectors/kafka/kafka-log.ts'
import { localRegistryLacks, startLocalRegistry } from '../../connectors/registry/local-registry.ts'
import type { DeadLetter, Decision } from '../../schemas/generated.ts'
import { topics } from '../../schemas/topics.ts'
import { BuiltPackage, lastLine, root, run } from '../../testing/test/built-package.ts'
import { jarsOf } from '../../testing/test/java.ts'
import { promtool, promtoolLacks } from '../../testing/test/promtool.ts'
import { pythonWith } from '../../testing/test/python.ts'
import { isWanted } from '../../testing/test/tags.ts'
import { journey } from '../../topology/journey.ts'
import { settings } from '../config/config.ts'
import { openClusterLog } from '../logs/cluster.ts'
import { values } from '../logs/summary.ts'

type Place = readonly [partition: number, offset: number]

/** What `test/foreign_producers.py` says that it sent. */
interface Produced {
  readonly sent: Readonly<Record<string, Place>>
  readonly letters: readonly (readonly [partition: number, offset: number, reason: string])[]
  readonly aborted: readonly string[]
}

const broker = inject('broker')
const isOurs = isWanted('process', 'broker', 'slow')
const python = isOurs ? pythonWith(['confluent-kafka==2.16.1', 'fastavro==1.13.1']) : { reason: '' }
const noPython = 'reason' in python ? python.reason : null
const lacks = isOurs ? await localRegistryLacks() : null
const reason = !isOurs ? null : 'lacks' in broker ? broker.lacks : (noPython ?? lacks)
const secret = 'a secret of this test'

async function all<V>(values: AsyncIterable<V>): Promise<V[]> {
  const found: V[] = []
  for await (const value of values) found.push(value)
  return found
}

const decisionsIn = (log: KafkaLog) => all(values<Decision>(log, topics.decisions, 'decision'))
const lettersIn = (log: KafkaLog) => all(values<DeadLetter>(log, topics.deadLetters, 'letter'))

describe.skipIf(reason !== null)(`producers in Python${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  test('with every codec, with and without transactions, and with schemas of their own: what they sent is decided or a dead letter', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'joai-foreign-'))
    const registry = await startLocalRegistry(process.env.JOAI_CACHE)
    const built = BuiltPackage.build()
    const { brokers } = broker as { brokers: string }
    const prefix = `${randomUUID()}.`
    const config = { brokers, prefix, data: join(folder, 'data'), secret, registry: registry.url }
    const env = Object.fromEntries(Object.entries(config).map(([name, value]) => [`JOAI_${name.toUpperCase()}`, value]))
    const place = { cwd: folder, env }
    expect(await built.run(['apply', '--partitions', '2'], place)).toMatchObject({ code: 0 })
    let port = 0
    const onLine = (line: string) => {
      port = Number(/"port":(\d+)/.exec(line)?.[1] ?? port)
    }
    const working = await built.start(['run', '--port', '0', '--json'], { ...place, until: /"assigned"/, onLine })
    const log = await openClusterLog(settings(config).config, journey({ secret }))
    try {
      const released = await built.run(['release', join(root, 'examples/retail.yaml'), '--json'], place)
      expect(released, released.err).toMatchObject({ code: 0 })

      const program = join(import.meta.dirname, 'test/foreign_producers.py')
      const settings = { BROKERS: brokers, REGISTRY: registry.url, PREFIX: prefix }
      const ran = await run(('python' in python && python.python) || '', [program], { cwd: folder, env: settings })
      expect(ran, ran.err).toMatchObject({ code: 0 })
      const { sent, letters, aborted } = lastLine(ran) as unknown as Produced
      expect(Object.keys(sent).length).toBeGreaterThan(600)
      expect(letters.length).toBeGreaterThan(60)
      expect(aborted).toHaveLength(50)

      const wanted = Object.keys(sent).length
      await expect.poll(async () => (await decisionsIn(log)).length).toBeGreaterThanOrEqual(wanted)
      await expect.poll(async () => (await lettersIn(log)).length).toBeGreaterThanOrEqual(letters.length)
      const decided = (await decisionsIn(log)).map(({ trigger }) => trigger)
      const places = ({ partition, offset }: { partition: number; offset: number }) => [partition, offset]
      expect(Object.fromEntries(decided.map(({ eventId, origin }) => [eventId, places(origin)]))).toEqual(sent)
      expect(decided).toHaveLength(wanted)
      const found = (await lettersIn(log)).map(({ position, reason }) => [...places(position), reason])
      expect(found.sort(byPlace)).toEqual([...letters].sort(byPlace))
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      expect(metrics).toMatch(/^joai_dead_letters_total\{worker="0"\} \d\d/m)
      await expectStockLag(brokers, `${prefix}joai`)
      const noPromtool = promtoolLacks()
      if (noPromtool !== null) told('the check of the metrics', noPromtool)
      else expect(promtool(['check', 'metrics'], { cwd: folder, input: metrics })).toEqual({ code: 0, said: '' })
      expect(await working.end('SIGTERM')).toMatchObject({ code: 0 })
    } finally {
      await log.close()
      await working.end('SIGKILL')
      await registry.stop()
      rmSync(folder, { recursive: true })
    }
  })
})

const told = (what: string, why: string) => void process.stderr.write(`skipped: ${what}, because ${why}\n`)

/** What docs/lag-tools.md says that Kafka's own tool shows once all is folded. */
async function expectStockLag(brokers: string, group: string): Promise<void> {
  const jars = jarsOf(['org.apache.kafka:kafka-tools:4.1.0'])
  if ('reason' in jars) return told('what the lag tool of Kafka shows', jars.reason)
  const tool = ['-cp', `${jars.folder}/*`, 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand']
  const asked = ['--bootstrap-server', brokers, '--describe', '--group', group]
  const lags = async () => {
    const { out } = await run('java', [...tool, ...asked], { cwd: root })
    const rows = out.split('\n').map(line => line.trim().split(/\s+/))
    return rows.flatMap(([of, topic, , , , lag]) => (of === group ? [[topic!.split('.').at(-1)!, lag!] as const] : []))
  }
  const internal = new Set<string>([topics.people.name, topics.identities.name, 'ticks'])
  // A tick may be under way.
  await expect
    .poll(async () => (await lags()).filter(([topic]) => internal.has(topic)).map(([, lag]) => lag))
    .toEqual(['1', '1', '1', '1', '1'])
  const events = (await lags()).filter(([topic]) => topic === topics.events.name)
  expect(events).toHaveLength(2)
  // Markers and aborted records behind the last record that could be read.
  for (const [, lag] of events) expect(Number(lag)).toBeLessThanOrEqual(12)
}

const byPlace = (a: readonly unknown[], b: readonly unknown[]): number =>
  Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1])
