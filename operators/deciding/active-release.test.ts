import { describe, expect, test } from 'vitest'
import type { Control, Quarantine, ReleaseRow } from '../../schemas/generated.ts'
import { releaseHash } from '../release/canonical.ts'
import { action, frozen, recordOf, releaseRow } from '../test/fixtures.ts'
import { activeIdentityRules, activeRelease, identityRules, keepEarlierRelease, release } from './active-release.ts'

const none = { before: () => undefined }
const autumn = releaseRow({ release: 'autumn' })
const control = (kind: Control['kind'], document: string, change: Partial<Control> = {}) =>
  recordOf(frozen<Control>({ controlId: 'c', kind, document, hash: releaseHash(document), ...change }), 1_000)
const stop = (actionId: unknown) => control('stop', JSON.stringify({ actionId }))
const rowWith = (stopped: readonly string[]): ReleaseRow => frozen({ ...releaseRow({ release: 'summer' }), stopped })
const unknownFeature = action({ id: 'coffee', purpose: 'marketing', treatments: [], context: 'features.nobody_knows' })

test('a new release replaces the one before and lifts its stops', () => {
  expect(activeRelease.on.control(control('release', autumn.document), rowWith(['coffee']), none)).toEqual({
    row: autumn,
  })
})

test('stopped actions are kept sorted, each once', () => {
  const row = rowWith(['coffee', 'tea'])
  expect(activeRelease.on.control(stop('milk'), row, none)).toEqual({
    row: { document: row.document, hash: row.hash, stopped: ['coffee', 'milk', 'tea'] },
  })
  expect(activeRelease.on.control(stop('tea'), row, none)).toEqual({})
})

test.each([
  ['whose hash is of another document', control('release', autumn.document, { hash: 'ff' })],
  ['that is not JSON', control('release', 'release: autumn')],
  ['that is JSON but no object', control('release', '["autumn"]')],
  ['that holds no release', control('release', '{"release":"autumn"}')],
  ['whose rules do not compile', control('release', releaseRow({ actions: [unknownFeature] }).document)],
])('a release %s is rejected, and the one before stays', (_, record) => {
  const step = activeRelease.on.control(record, rowWith([]), none)
  expect(step.reject?.reason).toBe('bad-release')
  expect(step.row).toBeUndefined()
})

test('a stop that names no action is rejected', () => {
  expect(activeRelease.on.control(stop(7), rowWith([]), none).reject?.reason).toBe('bad-stop')
})

test('deciding and stitching each keep the release in a table of their own', () => {
  expect(activeRelease.writes).toBe(release)
  expect(activeIdentityRules.writes).toBe(identityRules)
  const record = control('release', autumn.document)
  expect(activeIdentityRules.on.control(record, identityRules.empty, none)).toEqual({ row: autumn })
})

describe('a release that is quarantined', () => {
  const position = { topic: 'people', partition: 0, offset: 7 }
  const quarantine = (hash: string) =>
    recordOf(frozen<Quarantine>({ hash, position, key: 'p', at: 1, isTimer: false, operator: 'o', ahead: null }), 1_000)
  const { quarantine: goesBack } = activeRelease.on
  const { control: keeps, quarantine: forgets } = keepEarlierRelease.on
  const summer = rowWith(['tea'])
  const bad: ReleaseRow = frozen({ ...autumn, stopped: ['milk'] })

  test('gives way to the one before, and an action stopped under either stays stopped', () => {
    const { document, hash } = summer
    const before = () => summer
    expect(goesBack(quarantine(bad.hash), bad, { before })).toEqual({
      row: { document, hash, stopped: ['milk', 'tea'] },
    })
    expect(goesBack(quarantine(bad.hash), bad, none)).toEqual({})
  })

  test('is no matter of a newer one that is in force by then', () => {
    expect(goesBack(quarantine(bad.hash), summer, { before: () => bad })).toEqual({})
    expect(forgets(quarantine(bad.hash), bad, { current: summer })).toEqual({ row: null })
  })

  test('is preceded by the one that was in force, which neither a stop nor the same release again replaces', () => {
    const { empty } = release
    expect(keeps(control('release', autumn.document), empty, { current: summer })).toEqual({ row: summer })
    expect(keeps(control('release', autumn.document), empty, { current: autumn })).toEqual({})
    expect(keeps(control('release', autumn.document), empty, { current: empty })).toEqual({})
    expect(keeps(control('release', '[]'), empty, { current: summer })).toEqual({})
    expect(keeps(stop('tea'), empty, { current: summer })).toEqual({})
  })
})
