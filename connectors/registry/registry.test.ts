import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
