// @module-tag process
// @module-tag broker
// @module-tag slow

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import kafkajs from 'kafkajs'
import { describe, expect, inject, test } from 'vitest'
import { noLocalRegistry } from '../../../connectors/registry/local-registry.ts'
import { BuiltPackage } from '../../../testing/test/built-package.ts'

const broker = inject('broker')

describe.skipIf('lacks' in broker)('joai broker', () => {
  test('starts a Kafka by the first means at hand, says where and which, and cleans up after itself', async () => {
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
    if (noLocalRegistry() !== null) expect(registry).toBeNull()
    else expect(await (await fetch(`${registry}/subjects`)).json()).toEqual([])
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
    if (registry !== null) await expect(fetch(registry)).rejects.toThrow()
    const gone = new kafkajs.Kafka({ brokers: [brokers], logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 0 } })
    await expect(gone.admin().connect()).rejects.toThrow()
  })
})
