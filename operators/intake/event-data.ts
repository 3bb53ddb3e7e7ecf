import type { Catalog } from '../../schemas/catalog/catalog.ts'
import type { EventFields, EventSchema } from '../../schemas/catalog/event-schema.ts'
import { strictly } from '../../schemas/codec/strict-text.ts'
import type { CustomerEvent, EncodedData } from '../../schemas/generated.ts'
import { buildValue } from '../../schemas/json/build-value.ts'
import type { Time } from '../../schemas/record.ts'
import { BadRecord } from '../../schemas/wire.ts'
import { foldWord } from '../../schemas/words.ts'
import type { ValidationError } from '../validation-error.ts'
import { timeError } from '../words/times.ts'

/** The built-in types whose events come from a log of their own. */
const apart: ReadonlySet<string> = new Set(['consent_changed', 'consent_unreadable'])

/** Finds the type of an event in a catalog; case and surrounding blanks mean nothing. Undefined where it has none of that name. */
export function typeIn({ events }: Catalog, name: string): EventSchema | undefined {
  const own = events.get(name) ?? events.get(foldWord(name))
  return own === undefined || apart.has(own.name) ? undefined : own
}

/** The fields of an event, or why they are none of its type. */
export type TypedData = { readonly fields: EventFields; readonly error: null } | { readonly error: ValidationError }

/** Reads the data of an event by its type in the catalog. */
export function typedData({ data }: Pick<CustomerEvent, 'data'>, type: EventSchema, catalog: Catalog): TypedData {
  try {
    const fields =
      'joai.EncodedData' in data
        ? decoded(data['joai.EncodedData'], type, catalog)
        : (buildValue(type.schema.type, data['joai.OpenData'].fields, 'data') as EventFields)
    return { fields, error: null }
  } catch (error) {
    if (error instanceof BadRecord) return { error: { reason: error.reason, detail: error.message } }
    throw error
  }
}

function decoded({ schema: hash, payload }: EncodedData, { name, schema, ...type }: EventSchema, catalog: Catalog) {
  if (hash !== type.hash) {
    const other = [...catalog.events.values()].find(one => one.hash === hash)
    if (other) throw new BadRecord('type-mismatch', `the data is not of the type ${name}`)
    throw new BadRecord('unknown-schema', `the data is of no version of ${name} that is known here`)
  }
  try {
    return strictly(() => schema.decode(payload))
  } catch {
    throw new BadRecord('bad-bytes', `the data is not Avro of ${name}`)
  }
}

/** Checks the times of an event, which may lie ahead: they say from when or until when something holds. */
export function dataTimesError(fields: EventFields, { times }: EventSchema, receivedAt: Time): ValidationError | null {
  for (const path of times)
    for (const at of timesAt(fields, path)) {
      const error = at === null || at === undefined ? null : timeError('holds', at as Time, receivedAt)
      if (error) return error
    }
  return null
}

function timesAt(value: unknown, path: readonly string[]): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(one => timesAt(one, path))
  const [name, ...rest] = path
  if (name === undefined) return [value]
  return typeof value === 'object' && value !== null ? timesAt((value as EventFields)[name], rest) : []
}
