import { utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from '../canonical.ts'
import type { Report } from '../problem.ts'
import type { Release } from '../release.ts'

/** The most treatments of all actions: each is a candidate of every decision. */
const candidatesMax = 1000
/** The most bytes of a release as it travels, as JSON with every default: its record must fit every log. */
const documentBytesMax = 524_288

/** Checks that a release can be published and decided with. */
export function checkSize(release: Release, report: Report): void {
  const candidates = release.actions.reduce((sum, { treatments }) => sum + treatments.length, 0)
  if (candidates > candidatesMax)
    report(
      ['actions'],
      `the actions have ${candidates} treatments in all, more than ${candidatesMax}`,
      'remove some, or choose among fewer by reference data and parameters',
    )
  const { length } = utf8ToBytes(canonicalJson(release))
  if (length > documentBytesMax)
    report(
      [],
      `the release has ${length} bytes as JSON, more than ${documentBytesMax}`,
      'remove what is not needed, or move rules that actions share to groups',
    )
}
