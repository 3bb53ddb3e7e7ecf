import type { ErrorObject } from 'ajv'
import { days } from '../../../schemas/record.ts'
import { insteadOf, type Path, type Report } from '../problem.ts'
import { durationMax } from './release-bounds.ts'
import type { FileShape } from './shapes.ts'

/** Reports an error of a file's shape, with what to write instead; `whole` names what the file holds. */
export function reportShape(error: ErrorObject, whole: string, report: Report): void {
  // What is wrong with the name of a key is told by the error of its object.
  if (error.propertyName !== undefined) return
  const path = pathOf(error.instancePath)
  const shape = error.parentSchema as FileShape
  const params = error.params as Params
  const name = path.length === 0 ? whole : `'${path.filter(part => typeof part === 'string').at(-1)}'`
  if (params.propertyName !== undefined) {
    const remedy = (shape.propertyNames as FileShape | undefined)?.remedy ?? shape.remedy ?? 'rename it'
    const named = params.propertyName
    report([...path, named], `'${shortened(named)}' can't be a name in ${name}`, remedy, { key: true })
  } else if (params.missingProperty !== undefined) {
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
  readonly propertyName?: string
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
