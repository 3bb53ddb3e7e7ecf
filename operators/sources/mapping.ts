import type { Catalog, CatalogDeclaration } from '../../schemas/catalog/catalog.ts'
import type { SourceDeclaration, SourceTarget } from '../../schemas/catalog/source-declaration.ts'
import type { ForeignRecord } from '../../schemas/generated.ts'
import { buildValue } from '../../schemas/json/build-value.ts'
import { readFields } from '../../schemas/json/json-input.ts'
import type { Time } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { BadRecord } from '../../schemas/wire.ts'
import { reasonOf } from './evaluation-reason.ts'
import { readForeign } from './foreign-record.ts'
import { type SourceScope, sourceLanguage } from './source-language.ts'

/** What a foreign record becomes: a value in our own JSON form, for intake to check. */
export interface Mapped {
  readonly to: SourceTarget
  readonly value: Readonly<Record<string, unknown>>
  /** The same as a value of the topic. */
  readonly input: unknown
}

/** Maps a record; null for one that is passed over. Throws BadRecord with the reason `unmappable`, which names the expression. */
export type Mapping = (record: ForeignRecord, receivedAt: Time) => Mapped | null

type Evaluate = (scope: SourceScope) => unknown

/** The format's own answers where a source gives no expression. */
const byFormat: Readonly<Record<string, Partial<Record<'id' | 'time' | 'source' | 'type', string>>>> = {
  cloudevents: { source: 'ce.source', time: 'has(ce.time) ? dyn(ce.time) : dyn(time)' },
}

/** Compiles the mapping of a source. `lint` has checked its expressions. */
export function mappingOf(name: string, declaration: SourceDeclaration, catalog: Catalog): Mapping {
  const { from, to, identifiers = {}, data } = declaration
  const language = sourceLanguage(from.format)
  const assumed = byFormat[from.format] ?? {}

  function named(what: string, expression: string): Evaluate {
    const evaluate = language.compiled(expression)
    return scope => {
      try {
        return evaluate(scope)
      } catch (error) {
        const why = reasonOf(error as Error, expression)
        throw new BadRecord(
          'unmappable',
          `source '${name}', ${what}: '${shown(expression)}' can't be evaluated: ${why}`,
        )
      }
    }
  }
  const constant =
    (value: unknown): Evaluate =>
    () =>
      value

  const when = declaration.when === undefined ? null : named('when', declaration.when)
  const id = named('id', declaration.id)
  const type =
    declaration.type === undefined
      ? null
      : isTypeName(declaration.type, to, catalog.declaration.events)
        ? constant(declaration.type)
        : named('type', declaration.type)
  const time = named('time', declaration.time ?? assumed.time ?? 'time')
  const givenSource = declaration.source ?? assumed.source
  const source = givenSource === undefined ? constant(name) : named('source', givenSource)
  const known = Object.entries(identifiers).map(([key, text]) => [key, named(`identifiers.${key}`, text)] as const)
  const fields =
    typeof data === 'string'
      ? named('data', data)
      : Object.entries(data).map(([key, text]) => [key, named(`data.${key}`, text)] as const)

  function read(record: ForeignRecord, receivedAt: Time): SourceScope | null {
    try {
      return readForeign(from.format, record, receivedAt)
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error
      throw new BadRecord('unmappable', `source '${name}': it can't be read as ${from.format}: ${error.message}`)
    }
  }

  /** Builds the value of the topic, and of the event type; tells the expression of what does not fit. */
  function typed(value: Mapped['value']): unknown {
    try {
      const input = readFields(topics[to], value).value
      const type = to === 'events' ? catalog.events.get(String(value.type)) : undefined
      if (type) buildValue(type.schema.type, value.data, 'data')
      return input
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error
      const [part, expression] = partOf(error.message)
      throw new BadRecord('unmappable', `source '${name}', ${part}${expression}: ${error.message}`)
    }
  }

  /** The identifiers that an expression gives: one, several in a list, or none where nothing is known. */
  function identifiersOf(type: string, given: unknown) {
    const values = [given].flat().filter(value => value !== null && value !== '')
    if (values.some(value => typeof value !== 'string' && typeof value !== 'number'))
      throw new BadRecord(
        'unmappable',
        `source '${name}', identifiers.${type}: '${shown(identifiers[type]!)}' gives neither texts nor numbers`,
      )
    return values.map(value => ({ type, value: String(value) }))
  }

  /** Finds the part of the source that gave the field with which a message begins, and its expression. */
  function partOf(message: string): readonly [part: string, expression: string] {
    const [path = ''] = message.split(' ')
    const field = path.replace(/^(data|change)\./, '').replace(/[.[].*$/, '')
    const expressions: Readonly<Record<string, string | undefined>> = typeof data === 'string' ? { data } : data
    const own = Object.hasOwn(expressions, field)
      ? ([`data.${field}`, expressions[field]] as const)
      : (parts[field] ?? null)
    const [part, text] = own ?? ['data', expressions.data]
    return [part, text === undefined ? '' : `: '${shown(text)}'`]
  }
  const parts: Readonly<Record<string, readonly [string, string | undefined]>> = {
    eventId: ['id', declaration.id],
    receiptId: ['id', declaration.id],
    changeId: ['id', declaration.id],
    occurredAt: ['time', declaration.time],
    recordedAt: ['time', declaration.time],
    effectiveAt: ['time', declaration.time],
    source: ['source', declaration.source],
    type: ['type', declaration.type],
  }

  return (record, receivedAt) => {
    const scope = read(record, receivedAt)
    if (scope === null || (when !== null && when(scope) !== true)) return null
    const made =
      typeof fields === 'function' ? fields(scope) : Object.fromEntries(fields.map(([key, get]) => [key, get(scope)]))
    const identified = known.flatMap(([key, get]) => identifiersOf(key, get(scope)))
    const found = {
      id: textOf(id(scope)),
      at: wholeMs(time(scope)),
      source: textOf(source(scope)),
      type: type && textOf(type(scope)),
    }
    const value = shaped(to, found, identified, made)
    return { to, value, input: typed(value) }
  }
}

/** Whether `type` is the name of a type, and no expression. */
export const isTypeName = (text: string, to: SourceTarget, types: CatalogDeclaration['events']): boolean =>
  to === 'reference' ? /^[a-z][a-z0-9_]*$/.test(text) : Object.hasOwn(types, text) || builtIn.has(text)

/** The built-in types that a source may give. */
const builtIn: ReadonlySet<string> = new Set(['identity_linked', 'profile_changed', 'exposure', 'redemption'])

/** An expression as messages show it. */
const shown = (expression: string): string => (expression.length > 200 ? `${expression.slice(0, 200)}…` : expression)

/** Sources often count in seconds with a fraction, or in microseconds. */
const wholeMs = (time: unknown): unknown => (typeof time === 'number' ? Math.floor(time) : time)

const textOf = (value: unknown): unknown => (typeof value === 'number' ? String(value) : value)

interface Found {
  readonly id: unknown
  readonly at: unknown
  readonly source: unknown
  readonly type: unknown
}

/** Puts what was found where our own form has it. */
function shaped(
  to: SourceTarget,
  { id, at, source, type }: Found,
  identifiers: unknown,
  data: unknown,
): Mapped['value'] {
  switch (to) {
    case 'events':
      return { eventId: id, type, occurredAt: at, identifiers, source, data }
    case 'consents':
      return { eventId: id, identifiers, source, change: { effectiveAt: at, recordedAt: at, ...Object(data) } }
    case 'receipts':
      return { receiptId: id, occurredAt: at, source, ...Object(data) }
    case 'reference':
      return { changeId: id, type, occurredAt: at, source, data }
  }
}
