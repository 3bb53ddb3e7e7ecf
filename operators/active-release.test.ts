import { expect, test } from 'vitest'
import type { Control, ReleaseRow } from '../schemas/generated.ts'
import type { StreamRecord } from '../schemas/record.ts'
import { activeIdentityRules, activeRelease, identityRules, release } from './active-release.ts'
import { releaseHash } from './release/canonical.ts'

const control = (kind: Control['kind'], document: string, change: Partial<Control> = {}): StreamRecord<Control> => ({
  key: 'autumn',
  value: Object.freeze({
    controlId: 'autumn',
    kind,
    document,
    hash: releaseHash(document),
    ...change,
  }),
  receivedAt: 1_000,
  causeId: 'autumn',
  position: { topic: 'people', partition: 0, offset: 7 },
})
const stop = (actionId: unknown) => control('stop', JSON.stringify({ actionId }))
const rowWith = (stopped: string[]): ReleaseRow =>
  Object.freeze({ document: '{"release":"summer"}', hash: 'aa', stopped: Object.freeze(stopped) })

test('a new release replaces the one before and lifts its stops', () => {
  const record = control('release', '{"release":"autumn"}')
  expect(activeRelease.on.control(record, rowWith(['coffee']), {})).toEqual({
    row: { document: '{"release":"autumn"}', hash: record.value.hash, stopped: [] },
  })
})

test('stopped actions are kept sorted, each once', () => {
  const row = rowWith(['coffee', 'tea'])
  expect(activeRelease.on.control(stop('milk'), row, {})).toEqual({
    row: { document: row.document, hash: row.hash, stopped: ['coffee', 'milk', 'tea'] },
  })
  expect(activeRelease.on.control(stop('tea'), row, {})).toEqual({})
})

test.each([
  ['whose hash is of another document', control('release', '{"release":"autumn"}', { hash: 'ff' })],
  ['that is not JSON', control('release', 'release: autumn')],
  ['that is JSON but no object', control('release', '["autumn"]')],
])('a release %s is rejected, and the one before stays', (_, record) => {
  const step = activeRelease.on.control(record, rowWith([]), {})
  expect(step.reject?.reason).toBe('bad-release')
  expect(step.row).toBeUndefined()
})

test('a stop that names no action is rejected', () => {
  expect(activeRelease.on.control(stop(7), rowWith([]), {}).reject?.reason).toBe('bad-stop')
})

test('deciding and stitching each keep the release in a table of their own', () => {
  expect(activeRelease.writes).toBe(release)
  expect(activeIdentityRules.writes).toBe(identityRules)
  const record = control('release', '{"release":"autumn"}')
  expect(activeIdentityRules.on.control(record, identityRules.empty, {})).toEqual(
    activeRelease.on.control(record, release.empty, {}),
  )
})
