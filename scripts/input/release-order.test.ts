import { expect, test } from 'vitest'
import type { Release } from '../../operators/release/release.ts'
import { releaseRow } from '../../operators/test/fixtures.ts'
import { assertFollows } from './release-order.ts'

const of = (release: string, version: number, seed = 'a'): Release =>
  JSON.parse(releaseRow({ release, version, seed }).document)

test('a release follows an earlier version, another release, or nothing; the same one may come again', () => {
  for (const inForce of [null, of('shop', 1), of('shop', 2), of('bank', 7)])
    expect(() => assertFollows(of('shop', 2), inForce)).not.toThrow()
})

test('an older version, and the same version with other content, need --force', () => {
  expect(() => assertFollows(of('shop', 2), of('shop', 3))).toThrow(
    "version 3 of 'shop' is in force, and version 2 is older",
  )
  expect(() => assertFollows(of('shop', 2, 'b'), of('shop', 2))).toThrow(
    "version 2 of 'shop' is in force with other content",
  )
})
