// @module-tag process
// @module-tag broker
// @module-tag slow

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../../connectors/free-port.ts'
import { type AddedListener, javaLacks, startJavaBroker } from '../../../connectors/kafka/broker/java-broker.ts'
import type { LocalBroker } from '../../../connectors/kafka/broker/process-broker.ts'
import { BuiltPackage, lastLine, type Ran } from '../../../testing/test/built-package.ts'
import { isWanted } from '../../../testing/test/tags.ts'

const openssl = () => {
  try {
    execFileSync('openssl', ['version'])
    return null
  } catch {
    return 'there is no openssl'
  }
}
const lacks = isWanted('process', 'broker', 'slow') ? ((await javaLacks()) ?? openssl()) : null
const secret = 'a secret of this application'
const password = 'Tr0ub4dor-and-3'
const user = 'joai'

/** A certificate authority of our own, and a broker's certificate by it. */
function certificates(folder: string): { readonly ca: string; readonly other: string; readonly keystore: string } {
  const at = (name: string) => join(folder, name)
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '2']
  for (const name of ['ca', 'other'])
    run('req', '-x509', ...key, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`)
  run('req', ...key, '-subj', '/CN=127.0.0.1', '-keyout', 'broker.key', '-out', 'broker.csr')
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1')
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names']
  run('x509', '-req', '-in', 'broker.csr', ...by, '-out', 'broker.pem')
  const text = ['broker.key', 'broker.pem', 'ca.pem'].map(name => readFileSync(at(name), 'utf8')).join('')
  writeFileSync(at('keystore.pem'), text)
  return { ca: at('ca.pem'), other: at('other.pem'), keystore: at('keystore.pem') }
}

const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512']
const modules = 'org.apache.kafka.common.security'

function secured(port: number, keystore: string): AddedListener {
  const listener = 'listener.name.sasl_ssl'
  return {
    protocol: 'SASL_SSL',
    port,
    settings: [
      'ssl.keystore.type=PEM',
      `ssl.keystore.location=${keystore}`,
      `sasl.enabled.mechanisms=${['PLAIN', ...scram].join(',')}`,
      `${listener}.plain.sasl.jaas.config=${modules}.plain.PlainLoginModule required user_${user}="${password}";`,
      ...scram.map(
        name => `${listener}.${name.toLowerCase()}.sasl.jaas.config=${modules}.scram.ScramLoginModule required;`,
      ),
    ],
    scram: scram.map(name => `${name}=[name=${user},password=${password}]`),
  }
}

/** A secret, and what it looks like on its way. */
const traces = [
  password,
  Buffer.from(password).toString('base64'),
  Buffer.from(`\0${user}\0${password}`).toString('base64'),
  secret,
]

describe.skipIf(lacks !== null)(`a broker that asks who we are${lacks === null ? '' : ` (skipped: ${lacks})`}`, () => {
  let folder: string
  let built: BuiltPackage
  let broker: LocalBroker
  let files: ReturnType<typeof certificates>
  let given: Readonly<Record<string, string>>
  let passwordFile: string
  const said: Ran[] = []
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'joai-secured-'))
    built = BuiltPackage.build()
    files = certificates(folder)
    const port = await freePort()
    const cache = process.env.JOAI_CACHE ?? join(homedir(), '.cache', 'joai')
    broker = await startJavaBroker(cache, { added: secured(port, files.keystore) })
    passwordFile = join(folder, 'password')
    writeFileSync(passwordFile, `${password}\n`)
    given = {
      JOAI_SECRET: secret,
      JOAI_DATA: folder,
      JOAI_BROKERS: `127.0.0.1:${port}`,
      JOAI_TLS: 'on',
      JOAI_TLS_CA: files.ca,
      JOAI_SASL_USER: user,
    }
  })
  afterAll(async () => {
    await broker?.stop()
    rmSync(folder, { recursive: true })
  })

  async function joai(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
    const ran = await built.run(args, { cwd: folder, env: { ...given, ...env } })
    said.push(ran)
    return ran
  }

  test('is applied to with PLAIN, worked on with SCRAM, and read with the other SCRAM', async () => {
    const plain = { JOAI_SASL: 'plain', JOAI_SASL_PASSWORD: password }
    expect(await joai(['apply', '--partitions', '1'], plain)).toMatchObject({ code: 0, err: '' })
    const env = { ...given, JOAI_SASL: 'scram-sha-512', JOAI_SASL_PASSWORD_FILE: passwordFile }
    const run = ['run', '--port', '0', '--json']
    const workers = await built.start(run, { cwd: folder, env, until: /"task opened"/ })
    const released = await joai(['release', join(built.folder, 'examples/retail.yaml'), '--json'], {
      JOAI_SASL: 'scram-sha-256',
      JOAI_SASL_PASSWORD_FILE: passwordFile,
    })
    expect(lastLine(released).positions).toEqual([{ topic: 'people', partition: 0, offset: expect.any(Number) }])
    const tail = await joai(['tail', 'decisions', '--json'], {
      JOAI_SASL: 'scram-sha-256',
      JOAI_SASL_PASSWORD: password,
    })
    expect(tail).toMatchObject({ code: 0, out: '', err: '' })
    said.push(await workers.end('SIGTERM'))
    expect(lastLine(said.at(-1)!)).toEqual({ workers: 1, restarts: 0, code: 0 })
  })

  // At once: most of each is waiting before it is tried again.
  test.concurrent.each([
    ['a wrong password', { JOAI_SASL: 'plain', JOAI_SASL_PASSWORD: 'wrong-Tr0ub4dor' }, /authentication/i],
    [
      'a wrong password of SCRAM',
      { JOAI_SASL: 'scram-sha-256', JOAI_SASL_PASSWORD: 'wrong-Tr0ub4dor' },
      /authentication/i,
    ],
    [
      'an authority that is not known',
      { JOAI_SASL: 'plain', JOAI_SASL_PASSWORD: password, JOAI_TLS_CA: '' },
      /certificate/,
    ],
    ['no TLS', { JOAI_SASL: 'plain', JOAI_SASL_PASSWORD: password, JOAI_TLS: 'off', JOAI_TLS_CA: '' }, /./],
  ])('refuses %s in one line', async (_, env, words) => {
    for (const command of [['apply'], ['run', '--port', '0'], ['tail', 'decisions']]) {
      const { code, out, err } = await joai(command, env)
      expect([command, code, out]).toEqual([command, 3, ''])
      expect(err).toMatch(/^joai: .*\n$/)
      expect(err).toMatch(words)
      expect(err).not.toMatch(/wrong-Tr0ub4dor/)
    }
  })

  test('is told our secrets, and nobody else is', async () => {
    const shown = await joai(['config', '--json'], { JOAI_SASL: 'plain', JOAI_SASL_PASSWORD: password })
    expect(shown.out).toMatch(/"\*\*\*"/)
    expect(said.length).toBeGreaterThan(15)
    for (const { out, err } of said) for (const trace of traces) expect(out + err).not.toContain(trace)
  })
})
