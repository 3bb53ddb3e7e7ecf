import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type AvroSchema, schema } from '../../schemas/codec/schema.ts'
import { Tick } from '../../schemas/generated.ts'
import { isWanted } from '../../testing/test/tags.ts'
import { openConfluentRegistry } from './confluent-registry.ts'
import { openFileRegistry } from './file-registry.ts'
import { type LocalRegistry, localRegistryLacks, startLocalRegistry } from './local-registry.ts'
import { registryContract } from './test/registry-contract.ts'

const fixtures = join(import.meta.dirname, '../../schemas/test/fixtures')
const folder = mkdtempSync(join(tmpdir(), 'joai-schemas-'))
afterAll(() => rmSync(folder, { recursive: true }))

registryContract('the registry in a folder', () => openFileRegistry(folder))

test('a folder of schemas is readable by people, and its ids are the fingerprints', async () => {
  const registry = await openFileRegistry(join(folder, 'people'))
  expect(await registry.register('ticks-joai.Tick', Tick.json)).toBe(Tick.id)
  const file = join(folder, 'people', 'ticks-joai.Tick', `1.${Tick.id}.avsc`)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(Tick.json))
})

test('a schema in a folder is known under the id that it had while docs counted', async () => {
  const registry = await openFileRegistry(join(folder, 'earlier'))
  const { schema } = JSON.parse(readFileSync(join(fixtures, 'Tick-1881433195.json'), 'utf8'))
  const subject = join(folder, 'earlier', 'ticks-joai.Tick')
  mkdirSync(subject, { recursive: true })
  writeFileSync(join(subject, '1.1881433195.avsc'), JSON.stringify(schema))
  expect(await registry.idOf('ticks-joai.Tick', Tick.json)).toBe(1_881_433_195)
  expect(await registry.register('ticks-joai.Tick', Tick.json)).toBe(1_881_433_195)
})

test('a registry that does not answer is reported as unavailable, and the error is retryable', async () => {
  const registry = openConfluentRegistry({ url: 'http://127.0.0.1:9/' })
  await expect(registry.schemaOf(1)).rejects.toMatchObject({ code: 'registry-unavailable', retryable: true })
})

/** Answers as a registry of Confluent's kind does where a producer's schemas and our rights are unusual. */
async function unusualRegistry(
  answers: Readonly<Record<string, readonly [status: number, body: object]>>,
  warn: (text: string) => void = () => undefined,
) {
  const server = createServer((request, response) => {
    const [status, body] = answers[`${request.method} ${request.url}`] ?? [404, { error_code: 404, message: 'none' }]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return openConfluentRegistry({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, warn })
}

test('a schema whose defaults do not fit their types is read without them, and one that is none is refused', async () => {
  const record = (fields: readonly object[]) => ({ type: 'record', name: 'Line', fields })
  const odd = record([
    { name: 'text', type: ['string', 'null'], default: null },
    { name: 'of', type: { ...record([{ name: 'n', type: 'int', default: 'x' }]), name: 'Of' } },
  ])
  const registry = await unusualRegistry({
    'GET /schemas/ids/7': [200, { schema: JSON.stringify(odd) }],
    'GET /schemas/ids/8': [200, { schema: '{"type":"record","name":"Line"}' }],
    'GET /schemas/ids/9': [200, { schema: 'syntax = "proto3"; message Line {}', schemaType: 'PROTOBUF' }],
  })
  const ours = schema<object>({
    type: 'record',
    name: 'Line',
    fields: [{ name: 'text', type: 'string' }],
  } as AvroSchema)
  const writtenBy = ours.alsoRead((await registry.schemaOf(7))!)
  expect(ours.decode(Buffer.from([0, 2, 0x61, 2]), writtenBy)).toEqual({ text: 'a' })
  for (const id of [8, 9]) await expect(registry.schemaOf(id)).rejects.toMatchObject({ code: 'incompatible-schema' })
})

describe('a registry that lets nobody set the compatibility of a subject', () => {
  const denied = {
    'POST /subjects/t-joai.Tick/versions': [200, { id: 4 }],
    'POST /subjects/t-joai.Tick': [200, { id: 4 }],
    'PUT /config/t-joai.Tick': [403, { error_code: 40301, message: 'denied' }],
  } as const

  test.each([
    [{ compatibilityLevel: 'BACKWARD' }, 200, "but the registry's default, BACKWARD, suffices"],
    [{ compatibilityLevel: 'full_transitive' }, 200, "but the registry's default, FULL_TRANSITIVE, suffices"],
    [{ error_code: 404 }, 404, 'but the registry names no default, which then is BACKWARD'],
    [{ error_code: 40301 }, 403, "and the registry's default can't be read (403)"],
  ])('has the schema all the same, and says so once, where its default is %j', async (body, status, words) => {
    const warnings: string[] = []
    const registry = await unusualRegistry({ ...denied, 'GET /config': [status, body] }, text => warnings.push(text))
    expect(await registry.register('t-joai.Tick', Tick.json)).toBe(4)
    expect(await registry.register('t-joai.Tick', Tick.json)).toBe(4)
    expect(warnings).toEqual([
      expect.stringContaining(`the compatibility of subjects such as 't-joai.Tick' can't be set, ${words}`),
    ])
  })

  test.each(['NONE', 'FORWARD', 'FORWARD_TRANSITIVE'])(
    'is refused with a remedy where its default is %s',
    async level => {
      const registry = await unusualRegistry({ ...denied, 'GET /config': [200, { compatibilityLevel: level }] })
      await expect(registry.register('t-joai.Tick', Tick.json)).rejects.toMatchObject({
        code: 'registry-refused',
        message: expect.stringMatching(new RegExp(`the default is ${level}. Set it to BACKWARD or stricter`)),
      })
    },
  )

  test('is not asked to where the subject has a level that suffices, and refused where that does not', async () => {
    const own = (level: string) =>
      unusualRegistry({ ...denied, 'GET /config/t-joai.Tick': [200, { compatibilityLevel: level }] })
    for (const level of ['BACKWARD', 'BACKWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE'])
      expect(await (await own(level)).register('t-joai.Tick', Tick.json)).toBe(4)
    for (const level of ['NONE', 'FORWARD'])
      await expect((await own(level)).register('t-joai.Tick', Tick.json)).rejects.toMatchObject({
        code: 'registry-refused',
        message: expect.stringContaining(`the compatibility of the subject 't-joai.Tick' is ${level}`),
      })
  })

  test('is refused where the schema may not be registered either', async () => {
    const forbidden = [403, { error_code: 40301, message: 'denied' }] as const
    const registry = await unusualRegistry({ 'POST /subjects/u-joai.Tick/versions': forbidden })
    await expect(registry.register('u-joai.Tick', Tick.json)).rejects.toMatchObject({ code: 'registry-refused' })
  })
})

test('a file in place of the folder is reported', async () => {
  const registry = openFileRegistry(join(import.meta.dirname, 'registry.ts'))
  await expect(registry).rejects.toMatchObject({ code: 'registry-unavailable' })
})

const reason = isWanted('process', 'slow') ? await localRegistryLacks() : null
describe.skipIf(reason !== null)(
  `a registry of Confluent's kind${reason === null ? '' : `, { tags: ['process', 'slow'] } (skipped: ${reason})`}`,
  { tags: ['process', 'slow'] },
  () => {
    let local: LocalRegistry
    beforeAll(async () => {
      local = await startLocalRegistry(process.env.JOAI_CACHE)
    })
    afterAll(() => local.stop())

    registryContract('Apicurio', async () => openConfluentRegistry({ url: local.url }))
  },
)
