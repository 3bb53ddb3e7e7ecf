// @module-tag law

import { expect, test } from 'vitest'
import { builtInEvents } from '../schemas/catalog/built-in-events.ts'
import { catalogOf } from '../schemas/catalog/catalog.ts'
import { firstCatalog } from '../schemas/catalog/first-catalog.ts'
import { AnnouncementSimulation, type Sabotage } from './test/announcement-simulation.ts'

const catalogWith = (...fields: readonly string[]) => {
  const record = { type: 'record', name: 'ParcelLost', fields: fields.map(name => ({ name, type: 'string' })) } as const
  return catalogOf({ ...firstCatalog.declaration, events: { parcel_lost: record } }, builtInEvents)
}
const catalogs = [catalogWith('id'), catalogWith('id', 'carrier'), catalogWith('carrier')]

/** Runs many schedules, and counts what they read. */
function run(seeds: number, sabotage?: Sabotage) {
  const counts = { read: 0, unread: 0, crashes: 0 }
  for (let seed = 0; seed < seeds; seed++) {
    const simulation = new AnnouncementSimulation(seed * 7919, catalogs, sabotage)
    simulation.run(600)
    counts.read += simulation.read
    counts.unread += simulation.unread
    counts.crashes += simulation.crashes
  }
  return counts
}

test('no payload is read before its version was announced, however tasks, markers and crashes interleave and events move', () => {
  const { read, unread, crashes } = run(300)
  expect(unread).toBe(0)
  expect(read).toBeGreaterThan(20_000)
  expect(crashes).toBeGreaterThan(2000)
})

test('the rule needs that only committed records are read, and that a version is sent in the commit that remembers it', () => {
  expect(run(50, { readsUncommitted: true }).unread).toBeGreaterThan(0)
  expect(run(50, { announcesLater: true }).unread).toBeGreaterThan(0)
})
