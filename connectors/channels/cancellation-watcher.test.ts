import { expect, test } from 'vitest'
import type { Log } from '../../topology/log/log.ts'
import { openMemoryLog } from '../embedded/memory-log.ts'
import { CancellationWatcher } from './cancellation-watcher.ts'

const cancels = (keys: readonly string[]) =>
  keys.map(key => ({ topic: 'sends', partition: 0, key, value: Buffer.from(key), timestamp: 0 }))

/** A partition in which every record is a cancellation, except those that start with `send`. */
async function watching(keys: readonly string[], aheadMax: number) {
  const log: Log = openMemoryLog()
  await log.createTopic('sends', 1)
  await log.append(cancels(keys))
  const held = new Set<string>()
  const cancelled: string[] = []
  const state = { position: 0, held, cancelled, log }
  const watcher = new CancellationWatcher(
    log,
    {
      topic: 'sends',
      partition: 0,
      cancelledKey: ({ key }) => (key.startsWith('send') ? null : key),
      cancelHeld: key => {
        if (held.has(key)) cancelled.push(key)
        return held.has(key)
      },
      position: () => state.position,
    },
    0,
    aheadMax,
  )
  return { watcher, ...state, at: (position: number) => Object.assign(state, { position }) }
}

test('a cancellation is found before its send is taken in, and dropped afterwards', async () => {
  const { watcher, at } = await watching(['send a', 'send b', 'b', 'a'], 10)
  await watcher.readToEnd()
  expect([watcher.isCancelled('a'), watcher.isCancelled('b'), watcher.isCancelled('c')]).toEqual([true, true, false])
  at(4)
  watcher.advance()
  expect([watcher.isCancelled('a'), watcher.isCancelled('b')]).toEqual([false, false])
})

test('a held send is cancelled as soon as the cancellation is in the log', async () => {
  const { watcher, held, cancelled, log, at } = await watching(['send a'], 10)
  held.add('a')
  at(1)
  await watcher.readToEnd()
  expect(cancelled).toEqual([])
  await log.append(cancels(['a', 'x']))
  await watcher.readToEnd()
  expect(cancelled).toEqual(['a'])
})

test('a watcher that keeps only two cancellations still finds all of a thousand', async () => {
  const sends = Array.from({ length: 1000 }, (_, i) => `send ${i}`)
  const { watcher, held, cancelled, at } = await watching([...sends, ...sends.map(send => send.slice(5))], 2)
  const found: string[] = []
  for (let position = 1; position <= 1000; position++) {
    const key = String(position - 1)
    held.clear()
    held.add(key)
    if (watcher.isCancelled(key)) found.push(key)
    at(position)
    watcher.advance()
    await watcher.readToEnd()
    found.push(...cancelled.splice(0))
  }
  expect(new Set(found).size).toBe(1000)
})
