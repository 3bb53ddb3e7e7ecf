import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { sampleHistory } from '../../simulation/sample.ts'
import { sample } from './sample-adapter.ts'

async function hash(records: AsyncIterable<unknown> | Iterable<unknown>): Promise<string> {
  const hash = createHash('sha256')
  for await (const record of records) hash.update(JSON.stringify(record))
  return hash.digest('hex')
}

test('a seed and a size are read from the input, and both have a default', async () => {
  expect(await hash(sample.read('spring:30'))).toBe(await hash(sampleHistory('spring', 30)))
  expect(await hash(sample.read('spring'))).toBe(await hash(sampleHistory('spring', 300)))
  expect(await hash(sample.read())).toBe(await hash(sampleHistory('joai', 300)))
})

test('an input that is neither a seed nor a size is refused', async () => {
  for (const input of ['a:b', 'a:1', 'a:1:2', 'a:1.5'])
    await expect(hash(sample.read(input))).rejects.toMatchObject({ code: 'input-bad' })
})
