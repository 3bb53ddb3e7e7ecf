import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { demoSettingsOf } from './demo-settings.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'joai-demo-settings-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const fallback = { seed: 'joai', customers: 100, release: 'examples/retail.yaml', secret: 'the secret of the demo' }
const settings = () => demoSettingsOf(folder, {}, fallback, async () => undefined)
const file = () => join(folder, 'demo.json')
const changed = (change: (text: string) => string) => writeFileSync(file(), change(readFileSync(file(), 'utf8')))

test('a folder keeps the settings of its demo, also those of before there was a checksum', async () => {
  const first = await demoSettingsOf(folder, { customers: 7 }, fallback, async () => undefined)
  expect(first).toMatchObject({ seed: 'joai', customers: 7 })
  expect(await settings()).toMatchObject({ seed: 'joai', customers: 7 })
  changed(text => {
    const { checksum: _, ...before } = JSON.parse(text)
    return JSON.stringify(before)
  })
  expect(await settings()).toMatchObject({ customers: 7 })
})

test.each([
  ['one digit', (text: string) => text.replace('100', '101')],
  ['one letter', (text: string) => text.replace('retail', 'retain')],
  ['its end', (text: string) => text.slice(0, -4)],
  ['all of it', () => ''],
  ['its form', () => '[]'],
])('a demo does not go on with other customers where %s of the file is damaged', async (_, change) => {
  await settings()
  changed(change)
  await expect(settings()).rejects.toThrow(
    /demo\.json' is damaged: restore it from a copy, or name a new folder by --log$/,
  )
})
