import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { SerialQueue, SerialQueues } from './serial-queue.ts'

/** Makes work that notes when it begins and, after a few yields to the event loop, when it ends. */
const noting = (notes: string[], name: string) => async () => {
  notes.push(`${name} begins`)
  for (let i = 0; i < 3; i++) await setImmediate()
  notes.push(`${name} ends`)
  return name
}

test('work runs one piece at a time, in the order in which it was asked for', async () => {
  const queue = new SerialQueue()
  const notes: string[] = []
  const answers = Promise.all(['a', 'b', 'c'].map(name => queue.run(noting(notes, name))))
  await queue.settled()
  expect(notes).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  expect(await answers).toEqual(['a', 'b', 'c'])
})

test('a failure reaches its own caller, and the work behind it still runs', async () => {
  for (const run of [
    <T>(work: () => Promise<T>) => one.run(work),
    <T>(work: () => Promise<T>) => many.run('k', work),
  ]) {
    const failed = run(async () => {
      throw new Error('disk full')
    })
    const next = run(async () => 'written')
    await expect(failed).rejects.toThrow('disk full')
    expect(await next).toBe('written')
  }
})
const one = new SerialQueue()
const many = new SerialQueues()

test('work of one key waits for no other key', async () => {
  const queues = new SerialQueues()
  const notes: string[] = []
  void queues.run('x', noting(notes, 'a'))
  void queues.run('y', noting(notes, 'b'))
  void queues.run('x', noting(notes, 'c'))
  await queues.settled()
  expect(notes.slice(0, 2)).toEqual(['a begins', 'b begins'])
  expect(notes.indexOf('c begins')).toBeGreaterThan(notes.indexOf('a ends'))
})
