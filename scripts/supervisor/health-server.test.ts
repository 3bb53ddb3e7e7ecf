// @module-tag process

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, expect, test } from 'vitest'
import { HealthServer } from './health-server.ts'
import { Supervisor } from './supervisor.ts'

const folder = mkdtempSync(join(tmpdir(), 'joai-health-'))
const asked = join(folder, 'asked')
const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A worker that notes each question, and answers it or not. */
function worker(answers: boolean): string {
  const script = join(folder, `worker-${answers}.cjs`)
  const status = { ready: true, tasks: [], metrics: [] }
  writeFileSync(asked, '')
  writeFileSync(
    script,
    `const { appendFileSync } = require('node:fs')
    process.on('message', ({ ask }) => {
      appendFileSync(${JSON.stringify(asked)}, '.')
      if (${answers}) process.send({ answers: ask, status: ${JSON.stringify(status)} })
    })
    process.on('SIGTERM', () => process.exit(0))`,
  )
  return script
}

async function serving({ answers = true, host = '127.0.0.1' } = {}) {
  const supervisor = new Supervisor(1, [worker(answers)], pino({ level: 'silent' }))
  const health = await HealthServer.open(supervisor, { host, port: 0 })
  ends.push(async () => {
    supervisor.stop()
    await supervisor.ended
    await health.close()
  })
  return { supervisor, health, get: (path: string, at = host) => fetch(`http://${at}:${health.port}${path}`) }
}

const timesAsked = () => readFileSync(asked, 'utf8').length

test('an unknown path is answered with 404, and keeps no worker busy', async () => {
  const { get } = await serving()
  await expect.poll(async () => (await get('/readyz')).status).toBe(200)
  const before = timesAsked()
  for (const path of ['/', '/favicon.ico', '/metrics/', '//readyz', '/admin?x=/metrics'])
    expect((await get(path)).status).toBe(404)
  // The supervisor itself asks once a second.
  expect(timesAsked() - before).toBeLessThan(6)
})

test.skipIf(otherAddress() === undefined)('is served where `host` says, and nowhere else', async () => {
  const { get } = await serving()
  await expect.poll(async () => (await get('/healthz')).status).toBe(200)
  await expect(get('/healthz', otherAddress())).rejects.toThrow('fetch failed')
  const open = await serving({ host: '0.0.0.0' })
  await expect.poll(async () => (await open.get('/healthz', otherAddress())).status).toBe(200)
})

test('many who ask at once wait for one answer, and leave nothing behind', async () => {
  const warnings: string[] = []
  const warned = ({ name }: Error) => warnings.push(name)
  process.on('warning', warned)
  ends.push(async () => process.off('warning', warned))
  const { supervisor, get } = await serving()
  await expect.poll(async () => (await get('/readyz')).status).toBe(200)
  const resources = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  const before = { resources: resources(), asked: timesAsked() }
  for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 100 }, () => supervisor.statuses()))
  expect(timesAsked() - before.asked).toBeLessThan(40)
  for (let n = 0; n < 100; n++) expect((await get('/metrics').then(one => one.text())).length).toBeGreaterThan(0)
  expect(resources()).toBeLessThan(before.resources + 10)
  expect(warnings).toEqual([])
})

test('who asks a worker that hangs hears so when it is killed', async () => {
  const warnings: string[] = []
  const warned = ({ name }: Error) => warnings.push(name)
  process.on('warning', warned)
  ends.push(async () => process.off('warning', warned))
  const { supervisor } = await serving({ answers: false })
  const probes = Array.from({ length: 200 }, () => supervisor.statuses())
  await expect.poll(timesAsked).toBe(1)
  supervisor.stop()
  expect(new Set(await Promise.all(probes.map(async probe => (await probe)[0])))).toEqual(new Set([null]))
  expect(warnings).toEqual([])
})

/** An address of this machine that is not the loopback. */
function otherAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap(found => found ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address
}
