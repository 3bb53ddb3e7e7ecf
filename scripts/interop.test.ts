// @module-tag process
// @module-tag broker
// @module-tag slow

import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Cluster } from '../connectors/kafka/cluster.ts'
import { kafkaClient } from '../connectors/kafka/kafka-client.ts'
import { openConfluentRegistry } from '../connectors/registry/confluent-registry.ts'
import { type LocalRegistry, localRegistryLacks, startLocalRegistry } from '../connectors/registry/local-registry.ts'
import { openSchemaIds } from '../connectors/registry/schema-ids.ts'
import { topic } from '../schemas/record.ts'
import { topics } from '../schemas/topics.ts'
import { encodeValue } from '../schemas/wire.ts'
import { tsc } from '../testing/test/built-package.ts'
import { jarsOf } from '../testing/test/java.ts'
import { pythonWith } from '../testing/test/python.ts'
import { isWanted } from '../testing/test/tags.ts'
import { TopologyTest } from '../testing/topology-test.ts'
import { journey } from '../topology/journey.ts'
import { controlRecord, releaseControl } from '../topology/replay/control-record.ts'
import { replaySecret } from './config/config.ts'
import { readReleaseFile } from './input/release-file.ts'
import { sample } from './input/sample-adapter.ts'

const root = resolve(import.meta.dirname, '..')
const page = readFileSync(join(root, 'docs/consuming-decisions.md'), 'utf8')
const id = randomUUID().slice(0, 8)
const named = `decisions-${id}`
const broker = inject('broker')
const brokers = 'lacks' in broker ? undefined : broker.brokers
const isOurs = isWanted('process', 'broker', 'slow')
const reason = !isOurs ? null : 'lacks' in broker ? broker.lacks : await localRegistryLacks()
const skipped = (why: string | null) => (why === null ? '' : ` (skipped: ${why})`)

/** The program of the page in this language, for a topic and a group that no other test has. */
function program(language: string): string {
  const [, code] = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page) ?? []
  expect(code).toMatch(/(["'])decisions\1/)
  return code!.replace(/(["'])decisions\1/g, `$1${named}$1`).replace(/joai\.subscriber\.\w+/, `$&.${id}`)
}

describe.skipIf(reason !== null)(`a subscriber that is not ours${skipped(reason)}`, () => {
  let folder: string
  let registry: LocalRegistry
  let decided: string[]

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'joai-interop-'))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    registry = await startLocalRegistry(process.env.JOAI_CACHE)
    decided = await publish(registry.url)
  })
  afterAll(async () => {
    await registry?.stop()
    rmSync(folder, { recursive: true })
  })

  /** Runs a subscriber until it has told as many decisions as there are. */
  async function told(command: string, args: readonly string[]): Promise<string[]> {
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, BROKERS: brokers, REGISTRY: registry.url },
    })
    let out = ''
    let err = ''
    child.stderr.on('data', chunk => {
      err += chunk
    })
    return new Promise((resolve, reject) => {
      child.stdout.on('data', chunk => {
        out += chunk
        const lines = out.split('\n').slice(0, -1)
        if (lines.length < decided.length) return
        child.kill('SIGKILL')
        resolve(lines.sort())
      })
      child.on('close', () => reject(new Error(`it ended after ${out.split('\n').length - 1} decisions: ${err}`)))
    })
  }

  const python = isOurs ? pythonWith(['confluent-kafka==2.16.1', 'fastavro==1.13.1']) : { reason: '' }
  const noPython = 'reason' in python ? python.reason : null
  test.skipIf(noPython !== null)(`in Python reads what was decided, and nothing else${skipped(noPython)}`, async () => {
    writeFileSync(join(folder, 'subscriber.py'), program('python'))
    expect(await told(('python' in python && python.python) || '', ['subscriber.py'])).toEqual(decided)
  })

  test.skipIf(noPython !== null)(
    `that does not read committed sees what was never decided${skipped(noPython)}`,
    async () => {
      const careless = program('python').replace('read_committed', 'read_uncommitted').replace('.python', '.careless')
      writeFileSync(join(folder, 'careless.py'), careless)
      const seen = await told(('python' in python && python.python) || '', ['careless.py'])
      expect(seen.filter(line => line.startsWith('never-')).length).toBeGreaterThan(0)
    },
  )

  const clients = ['org.apache.kafka:kafka-clients:4.1.0', 'org.apache.avro:avro:1.12.0']
  const jars = isOurs ? jarsOf(clients) : { reason: '' }
  const noJars = 'reason' in jars ? jars.reason : null
  test.skipIf(noJars !== null)(`in Java reads the same${skipped(noJars)}`, async () => {
    writeFileSync(join(folder, 'Subscriber.java'), program('java'))
    const path = `${('folder' in jars && jars.folder) || ''}/*`
    expect(await told('java', ['-Xmx128m', '-cp', path, 'Subscriber.java'])).toEqual(decided)
  })

  test('in TypeScript reads the same', async () => {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'subscriber.ts'), program('ts'))
    const options = ['--strict', '--skipLibCheck', '--target', 'es2023', '--module', 'nodenext', '--types', 'node']
    execFileSync(process.execPath, [tsc, '--ignoreConfig', ...options, 'subscriber.ts'], { cwd: folder })
    expect(await told(process.execPath, ['subscriber.js'])).toEqual(decided)
  })
})

/** Decides on a small history, and writes the decisions to a broker as a task does, behind others that are aborted. */
async function publish(url: string): Promise<string[]> {
  const run = await TopologyTest.open(journey({ secret: replaySecret }), { partitions: 3 })
  const history = []
  for await (const record of sample.read('interop:12')) history.push(record)
  const release = releaseControl(readReleaseFile(join(root, 'examples/grocery.yaml')))
  await run.run([controlRecord(release, history[0]!.timestamp - 1), ...history])
  const decisions = await run.read(topics.decisions, 'decision')
  expect(decisions.length).toBeGreaterThan(30)

  const connection = { brokers: brokers!.split(','), clientId: 'interop-test' }
  const cluster = await Cluster.connect(connection)
  await cluster.create(new Map([[named, { partitions: 3, config: {} }]]), 1)
  await cluster.close()
  const own = topic(named, 'public', topics.decisions.types)
  const known = openConfluentRegistry({ url })
  await known.register(`${named}-joai.Decision`, topics.decisions.types.decision.schema.json)
  const ids = await openSchemaIds({ registry: known, topics: [own] })
  const messages = decisions.map(({ key, value, partition }) => ({
    key,
    partition,
    value: Buffer.from(ids.outgoing(named, encodeValue(own.types.decision, value))),
  }))
  const junk = messages.map((message, i) => {
    const value = { ...decisions[i]!.value, decisionId: `never-${i}` }
    return { ...message, value: Buffer.from(ids.outgoing(named, encodeValue(own.types.decision, value))) }
  })
  const producer = kafkaClient(connection).producer({
    transactionalId: named,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  await inTransaction(producer, junk, 'abort')
  await inTransaction(producer, messages, 'commit')
  await producer.disconnect()
  return decisions
    .map(({ value: { decisionId, subject, outcome } }) =>
      [decisionId, subject.personId, outcome.kind, outcome.actionId].join(' '),
    )
    .sort()
}

async function inTransaction(
  producer: Producer,
  messages: { value: Buffer }[],
  end: 'abort' | 'commit',
): Promise<void> {
  const transaction = await producer.transaction()
  await transaction.send({ topic: named, messages })
  await transaction[end]()
}
