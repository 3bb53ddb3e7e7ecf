import { expect, test } from 'vitest'
import type { Log } from '../../topology/log/log.ts'
import { openMemoryLog } from '../embedded/memory-log.ts'
import { Lookout } from './lookout.ts'

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
  const lookout = new Lookout(
    log,
    {
      topic: 'sends',
      partition: 0,
      cancelled: ({ key }) => (key.startsWith('send') ? null : key),
      cancel: key => {
        if (held.has(key)) cancelled.push(key)
        return held.has(key)
      },
      position: () => state.position,
    },
    0,
    aheadMax,
  )
  return { lookout, ...state, at: (position: number) => Object.assign(state, { position }) }
}

test('a cancellation is found before its send is taken in, and forgotten once that was', async () => {
  const { lookout, at } = await watching(['send a', 'send b', 'b', 'a'], 10)
  await lookout.toEnd()
  expect([lookout.isCancelled('a'), lookout.isCancelled('b'), lookout.isCancelled('c')]).toEqual([true, true, false])
  at(4)
  lookout.advance()
  expect([lookout.isCancelled('a'), lookout.isCancelled('b')]).toEqual([false, false])
})

test('what is held is cancelled as soon as the record is there', async () => {
  const { lookout, held, cancelled, log, at } = await watching(['send a'], 10)
  held.add('a')
  at(1)
  await lookout.toEnd()
  expect(cancelled).toEqual([])
  await log.append(cancels(['a', 'x']))
  await lookout.toEnd()
  expect(cancelled).toEqual(['a'])
})

test('with room for two cancellations, none of a thousand is overlooked', async () => {
  const sends = Array.from({ length: 1000 }, (_, i) => `send ${i}`)
  const { lookout, held, cancelled, at } = await watching([...sends, ...sends.map(send => send.slice(5))], 2)
  const found: string[] = []
  for (let position = 1; position <= 1000; position++) {
    const key = String(position - 1)
    held.clear()
    held.add(key)
    if (lookout.isCancelled(key)) found.push(key)
    at(position)
    lookout.advance()
    await lookout.toEnd()
    found.push(...cancelled.splice(0))
  }
  expect(new Set(found).size).toBe(1000)
})
