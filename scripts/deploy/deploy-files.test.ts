import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { pythonWith } from '../../testing/test/python.ts'
import { settings } from '../config/config.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const compose = parse(read('docker-compose.yml'), { merge: true })
const kubernetes = parseAllDocuments(read('docs/deploy/kubernetes/joai.yaml')).map(document => document.toJS())

/** JOAI_REGISTRY_PASSWORD and JOAI_REGISTRY_PASSWORD_FILE are both `registryPassword`. */
const settingOf = (variable: string) =>
  variable
    .replace(/^JOAI_/, '')
    .replace(/_FILE$/, '')
    .toLowerCase()
    .replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
const known = [...Object.keys(settings({}).config), 'config']

describe('the compose file', () => {
  test('is what Compose takes', { tags: ['process', 'slow'] }, ({ skip }) => {
    const python = pythonWith(['docker-compose==1.29.2'], { alone: true })
    if ('reason' in python) return skip(python.reason)
    const lib = join(dirname(python.python), '../lib')
    const schema = `${readdirSync(lib)[0]}/site-packages/compose/config/compose_spec.json`
    const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(
      withoutIds(JSON.parse(readFileSync(join(lib, schema), 'utf8'))),
    )
    expect(validate(compose) || validate.errors).toBe(true)
    expect(validate({ ...compose, services: { joai: { imagee: 'joai' } } })).toBe(false)
  })

  test('mounts files that are there, and names versions of images', () => {
    const services = Object.values<any>(compose.services)
    const mounted = services.flatMap(({ volumes = [] }) => volumes).filter((volume: string) => volume.startsWith('./'))
    expect(mounted.length).toBe(3)
    for (const volume of mounted) expect(existsSync(join(root, volume.split(':')[0])), volume).toBe(true)
    for (const { image } of services) expect(image).toMatch(/^joai$|:v?\d+\.\d+\.\d+/)
  })

  test('sets only what there is to set', () => {
    const variables = Object.values<any>(compose.services).flatMap(({ environment = {} }) => Object.keys(environment))
    const ours = new Set(variables.filter(name => name.startsWith('JOAI_')))
    expect(ours.size).toBe(4)
    for (const name of ours) expect(known, name).toContain(settingOf(name))
  })
})

describe('the image', () => {
  const dockerfile = read('Dockerfile')

  test('copies folders that are there, and all that is compiled', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) => files!.split(' '))
    for (const file of copied) expect(existsSync(join(root, file)), file).toBe(true)
    const compiled = JSON.parse(read('tsconfig.json')).include as string[]
    expect(compiled.filter(folder => !copied.includes(folder))).toEqual([])
    const letThrough = read('.dockerignore').split('\n')
    for (const file of copied) expect(letThrough).toContain(`!${file}`)
  })

  test('runs on glibc with what RocksDB needs, and not as root', () => {
    const [, last] = dockerfile.split(/^FROM (?=\S+$)/m)
    expect(last).toMatch(/^node:\d+-bookworm-slim\n/)
    expect(last).toMatch(/libatomic1/)
    expect(last).toMatch(/^USER node$/m)
  })

  test('starts Node with the flags of the scripts and of the installed command', () => {
    const [, entry] = /^ENTRYPOINT (.+)$/m.exec(dockerfile)!
    const { scripts } = JSON.parse(read('package.json'))
    const [, flags] = /^node (.+) dist/.exec(scripts.joai)!
    expect(flags).toMatch(/^--/)
    expect(JSON.parse(entry!)).toEqual(['node', ...flags!.split(' '), 'dist/scripts/joai.js'])
    expect(scripts.start).toContain(`node ${flags} `)
    expect(scripts.bench).toContain(`node ${flags} `)
    expect(read('scripts/joai.ts')).toMatch(`#!/usr/bin/env -S node ${flags}\n`)
  })
})

describe('the Kubernetes manifests', () => {
  test('are what Kubernetes takes', { tags: ['process', 'slow'] }, ({ skip }) => {
    const python = pythonWith(['kubernetes-validate==1.37.0'])
    if ('reason' in python) return skip(python.reason)
    const command = join(dirname(python.python), 'kubernetes-validate')
    const { status, stdout, stderr } = spawnSync(command, ['--strict', 'docs/deploy/kubernetes/joai.yaml'], {
      cwd: root,
      encoding: 'utf8',
    })
    expect({ status, said: `${stdout}${stderr}`.match(/passed/g)?.length }).toEqual({ status: 0, said: 6 })
  })

  const pods = kubernetes.filter(({ spec }) => spec?.template).map(({ spec }) => spec.template.spec)

  test('run nothing as root, write nowhere but to volumes, and hold no secret', () => {
    expect(pods.length).toBe(2)
    for (const { securityContext, containers, automountServiceAccountToken } of pods) {
      expect(securityContext.runAsNonRoot).toBe(true)
      expect(automountServiceAccountToken).toBe(false)
      for (const { securityContext: own } of containers)
        expect(own).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
    }
    expect(kubernetes.map(({ kind }) => kind)).not.toContain('Secret')
  })

  test('set only what there is to set', () => {
    const variables = pods.flatMap(({ containers }) =>
      containers.flatMap(({ env }: any) => env.map((one: any) => one.name)),
    )
    for (const name of variables) expect(known, name).toContain(settingOf(name))
    const written = parse(kubernetes.find(({ kind }) => kind === 'ConfigMap').data['joai.yaml'])
    for (const key of Object.keys(written)) expect(known, key).toContain(key)
    expect(settings(written).config).toMatchObject(written)
  })
})

/** Its ids are of an older kind than the validator knows, and nothing refers to them. */
function withoutIds(schema: any): any {
  if (Array.isArray(schema)) return schema.map(withoutIds)
  if (schema === null || typeof schema !== 'object') return schema
  const { id, $schema: _dialect, ...rest } = schema
  const kept = typeof id === 'string' ? rest : { ...rest, ...(id === undefined ? {} : { id }) }
  return Object.fromEntries(Object.entries(kept).map(([key, value]) => [key, withoutIds(value)]))
}
