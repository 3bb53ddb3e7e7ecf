// @module-tag process

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import kafkajs from 'kafkajs'
import { describe, expect, inject, test } from 'vitest'
import { localRegistryLacks } from '../../../connectors/registry/local-registry.ts'
import { BuiltPackage } from '../../../testing/test/built-package.ts'

const broker = inject('broker')

describe('joai broker', () => {
  test('says in one line what is missing where nothing can start a broker, also when Docker never answers', async () => {
    const mute = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const { port } = mute.address() as { port: number }
    // No program is found on this path, so that there is neither Java nor Maven.
    const env = { KAFKA_BROKERS: '', DOCKER_HOST: `tcp://127.0.0.1:${port}`, PATH: '' }
    const { code, out, err } = await BuiltPackage.build().run(['broker'], { cwd: tmpdir(), env })
    expect({ code, out }).toEqual({ code: 3, out: '' })
    const lacks = 'KAFKA_BROKERS is not set, no Docker engine answers, and java is not there'
    expect(err).toBe(`joai: no broker: ${lacks} [no-broker]\n`)
    mute.closeAllConnections()
    mute.close()
  })

  test.skipIf('lacks' in broker)(
    'starts a Kafka by the first means at hand, says where and which, and cleans up after itself',
    { tags: ['broker', 'slow'] },
    async () => {
      const built = BuiltPackage.build()
      const env = { ...process.env, KAFKA_BROKERS: '' }
      const child = spawn(process.execPath, [built.joai, 'broker', '--registry', '--json'], { env })
      const lines = createInterface(child.stdout)
      const [line] = (await once(lines, 'line')) as [string]
      const { brokers, means, registry } = JSON.parse(line) as {
        brokers: string
        means: string
        registry: string | null
      }
      expect(means).toMatch(/Docker|Java/)
      const admin = new kafkajs.Kafka({ brokers: [brokers], logLevel: kafkajs.logLevel.NOTHING }).admin()
      await admin.connect()
      expect((await admin.describeCluster()).brokers).toHaveLength(1)
      await admin.disconnect()
      if ((await localRegistryLacks()) !== null) expect(registry).toBeNull()
      else expect(await (await fetch(`${registry}/subjects`)).json()).toEqual([])
      child.kill('SIGINT')
      const [code] = await once(child, 'exit')
      expect(code).toBe(0)
      if (registry !== null) await expect(fetch(registry)).rejects.toThrow()
      const gone = new kafkajs.Kafka({ brokers: [brokers], logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 0 } })
      await expect(gone.admin().connect()).rejects.toThrow()
    },
  )
})
