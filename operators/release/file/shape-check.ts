import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { days } from '../../../schemas/record.ts'
import { insteadOf, type Path, type Report } from '../problem.ts'
import type { ReleaseFile } from '../release-file.ts'
import { durationMax } from './release-bounds.ts'
import { durationMs } from './release-reading.ts'
import { type ReleaseShape, type ReleaseWords, releaseSchema } from './release-schema.ts'

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
  for (const error of validate.errors ?? []) explain(error, report)
  return false
}

function explain(error: ErrorObject, report: Report): void {
  const path = pathOf(error.instancePath)
  const shape = error.parentSchema as ReleaseShape
  const params = error.params as Params
  const name = path.length === 0 ? 'a release' : `'${path.filter(part => typeof part === 'string').at(-1)}'`
  if (params.missingProperty !== undefined) {
    const missing = params.missingProperty
    const remedy = shape.properties?.[missing]?.remedy
    report(path, `'${missing}' is missing in ${name}`, `add '${missing}:'${remedy ? `, ${remedy}` : ''}`)
  } else if (params.additionalProperty !== undefined) {
    const unknown = params.additionalProperty
    const there = Object.keys((error.data as object | undefined) ?? {})
    const free = Object.keys(shape.properties ?? {}).filter(key => !there.includes(key))
    report([...path, unknown], `'${unknown}' is not known in ${name}`, insteadOf(unknown, free), { key: true })
  } else if (params.allowedValues !== undefined) {
    const allowed = params.allowedValues.filter(value => value !== null).map(String)
    report(path, `${quoted(error.data)} can't stand in ${name}`, insteadOf(String(error.data), allowed))
  } else if (error.keyword === 'format')
    report(path, `${quoted(error.data)} is too long in ${name}`, `write at most ${durationMax / days(1)}d`)
  else if (error.keyword.startsWith('max') && params.limit !== undefined && error.keyword !== 'maximum')
    report(
      path,
      `${quoted(error.data)} is too long in ${name}`,
      `write at most ${params.limit} ${counted[error.keyword]}`,
    )
  else report(path, `${quoted(error.data)} can't stand in ${name}`, shape.remedy ?? `it ${error.message}`)
}

/** What the limit of a keyword counts. */
const counted: Readonly<Record<string, string>> = {
  maxLength: 'characters',
  maxItems: 'entries',
  maxProperties: 'entries',
}

/** The parameters of ajv's errors for some keywords. */
interface Params {
  readonly missingProperty?: string
  readonly additionalProperty?: string
  readonly allowedValues?: readonly unknown[]
  readonly limit?: number
}

const quoted = (value: unknown): string =>
  value !== null && typeof value === 'object'
    ? Array.isArray(value)
      ? 'a list'
      : 'an entry'
    : `'${shortened(String(value))}'`

const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text)

const pathOf = (pointer: string): Path =>
  pointer
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(part => (/^\d+$/.test(part) ? Number(part) : part))
