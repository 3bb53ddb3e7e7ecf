import { expect, test } from 'vitest'
import type { Control, ReleaseRow } from '../../schemas/generated.ts'
import { releaseHash } from '../release/canonical.ts'
import { action, frozen, recordOf, releaseRow } from '../test/fixtures.ts'
import { activeIdentityRules, activeRelease, identityRules, release } from './active-release.ts'

const autumn = releaseRow({ release: 'autumn' })
const control = (kind: Control['kind'], document: string, change: Partial<Control> = {}) =>
  recordOf(frozen<Control>({ controlId: 'c', kind, document, hash: releaseHash(document), ...change }), 1_000)
const stop = (actionId: unknown) => control('stop', JSON.stringify({ actionId }))
const rowWith = (stopped: readonly string[]): ReleaseRow => frozen({ ...releaseRow({ release: 'summer' }), stopped })
const unknownFeature = action({ id: 'coffee', purpose: 'marketing', treatments: [], context: 'features.nobody_knows' })

test('a new release replaces the one before and lifts its stops', () => {
  expect(activeRelease.on.control(control('release', autumn.document), rowWith(['coffee']), {})).toEqual({
    row: autumn,
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
  ['whose hash is of another document', control('release', autumn.document, { hash: 'ff' })],
  ['that is not JSON', control('release', 'release: autumn')],
  ['that is JSON but no object', control('release', '["autumn"]')],
  ['that holds no release', control('release', '{"release":"autumn"}')],
  ['whose rules do not compile', control('release', releaseRow({ actions: [unknownFeature] }).document)],
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
  const record = control('release', autumn.document)
  expect(activeIdentityRules.on.control(record, identityRules.empty, {})).toEqual({ row: autumn })
})
