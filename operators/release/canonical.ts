import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { compareText } from '../lists/compare.ts'
import type { Release } from './release.ts'

/**
 * Writes a release as canonical JSON (keys sorted by code unit, no spaces), so that equal releases have equal hashes.
 */
export const canonicalJson = (release: Release): string => JSON.stringify(sorted(release))

/** Names a release by its canonical JSON: SHA-256, hex. */
export const releaseHash = (document: string): string => bytesToHex(sha256(utf8ToBytes(document)))

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => compareText(a, b)))
}
