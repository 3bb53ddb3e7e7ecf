import { Ajv, type ValidateFunction } from 'ajv'
import type { Report } from '../problem.ts'
import type { ReleaseFile } from '../release-file.ts'
import { durationMax } from './release-bounds.ts'
import { durationMs } from './release-reading.ts'
import { type ReleaseWords, releaseSchema } from './release-schema.ts'
import { reportShape } from './shape-problems.ts'

/** By the words that releases are written in. Compiling takes longer than everything else in a short command. */
const validators = new Map<string, ValidateFunction<ReleaseFile>>()

function validatorOf({ channels, purposes, placements }: ReleaseWords): ValidateFunction<ReleaseFile> {
  const words = { channels, purposes, placements }
  const key = JSON.stringify(words)
  const known = validators.get(key)
  if (known) return known
  // The check runs once or twice, so optimizing its code would cost more than it saves.
  const options = { allErrors: true, verbose: true, strict: false, code: { optimize: false }, formats }
  const made = new Ajv(options).compile<ReleaseFile>(releaseSchema(words))
  validators.set(key, made)
  return made
}

/** What is no duration at all is refused by its pattern. */
const formats = { duration: (text: string) => !(durationMs(text) > durationMax) }

/** Checks the keys and types of a value, which is a release file in these words if they are right. */
export function isReleaseFile(value: unknown, words: ReleaseWords, report: Report): value is ReleaseFile {
  const validate = validatorOf(words)
  if (validate(value)) return true
  for (const error of validate.errors ?? []) reportShape(error, 'a release', report)
  return false
}
