import type { Identifier } from '../../schemas/generated.ts'
import type { ValidationError } from '../validation-error.ts'
import { identifierTypeOf } from '../words/identifier-types.ts'

const idLengthMax = 200
/** The most identifiers of a record. */
export const identifiersMax = 32
const identifierLengthMax = 1024
/** The most elements of a list of an event: what a decision does for each of them is bounded by it. */
export const elementsMax = 500
/** The most characters of the texts of an event, in all. */
export const charactersMax = 32_768

const invalid = (reason: string, detail: string): ValidationError => ({ reason, detail })

/** Checks that an id is not empty and not too long. `name` is event, change, receipt, decision, person or control. */
export function idError(name: string, id: string): ValidationError | null {
  if (id.trim() === '') return invalid(`missing-${name}-id`, `the ${name} id is empty`)
  if (id.length > idLengthMax)
    return invalid(`oversize-${name}-id`, `the ${name} id has more than ${idLengthMax} characters`)
  return null
}

/** Checks that a source is not too long; it may be empty. */
export const sourceError = (source: string): ValidationError | null =>
  source.length > idLengthMax ? invalid('oversize-source', `the source has more than ${idLengthMax} characters`) : null

/** Checks that there is at least one identifier, and that all of them can be used. */
export function identifiersError(identifiers: readonly Identifier[]): ValidationError | null {
  if (identifiers.length === 0) return invalid('no-identifier', 'there is no identifier')
  if (identifiers.length > identifiersMax)
    return invalid('too-many-identifiers', `there are more than ${identifiersMax} identifiers`)
  for (const [index, { type, value }] of identifiers.entries()) {
    if (identifierTypeOf(type) === null)
      return invalid('bad-identifier-type', `the type of identifier ${index} is not a name`)
    if (value.trim() === '') return invalid('blank-identifier', `identifier ${index} is empty`)
    if (value.length > identifierLengthMax)
      return invalid('oversize-identifier', `identifier ${index} has more than ${identifierLengthMax} characters`)
  }
  return null
}

/** Checks that all numbers are finite: any other number would stay in a person's sums for ever. */
export const numberError = (data: unknown): ValidationError | null =>
  hasNoNumber(data) ? invalid('not-a-number', 'a number is infinite or not a number') : null

function hasNoNumber(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value)
  if (Array.isArray(value)) return value.some(hasNoNumber)
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNoNumber)
}

/**
 * Checks that the lists and texts of an event are not too long: rules, features and rows read or hold each of them, and a
 * decision may not cost more than it is known to.
 */
export function lengthError(data: unknown): ValidationError | null {
  const { elements, characters } = lengthsOf(data, { elements: 0, characters: 0 })
  if (elements > elementsMax) return invalid('oversize-list', `a list has more than ${elementsMax} elements`)
  if (characters > charactersMax)
    return invalid('oversize-text', `its texts have more than ${charactersMax} characters in all`)
  return null
}

interface Lengths {
  /** Of the longest list. */
  elements: number
  /** Of all texts. */
  characters: number
}

function lengthsOf(value: unknown, lengths: Lengths): Lengths {
  if (typeof value === 'string') lengths.characters += value.length
  if (typeof value !== 'object' || value === null) return lengths
  if (Array.isArray(value)) lengths.elements = Math.max(lengths.elements, value.length)
  for (const key in value) lengthsOf((value as Readonly<Record<string, unknown>>)[key], lengths)
  return lengths
}
