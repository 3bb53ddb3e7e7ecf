import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { canonicalJson, releaseHash } from './canonical.ts'
import { parseRelease } from './file/parse.ts'
import type { Release } from './release.ts'

const text = readFileSync(new URL('./test/sound.yaml', import.meta.url), 'utf8')
const read = (yaml: string): Release => parseRelease(yaml, 'sound.yaml').release!

test('the hash of a release stays what it is', () => {
  expect(releaseHash(canonicalJson(read(text)))).toBe(
    '31653c488788902ef9824cbf1d7190c0fb2828f89077a250c6034b2390a5fdf7',
  )
})

test('the order of keys and the layout of the file do not change the hash, a changed limit does', () => {
  const document = canonicalJson(read(text))
  const [head, ...rest] = text.split('\n')
  const reordered = `# the same\n${rest.join('\n')}\n\n${head}\n`
  expect(canonicalJson(read(reordered))).toBe(document)
  expect(canonicalJson(read(text.replace('max: 3', 'max: 2')))).not.toBe(document)
})

test('canonical JSON has its keys sorted and no spaces between them, and reads back as the release', () => {
  const document = canonicalJson(read(text))
  expect(document).toMatch(/^\{"actions":\[\{"applicability":\[\],"context":"1.0"/)
  expect(JSON.parse(document)).toEqual(read(text))
})
