import type { AvroSchema } from '../../schemas/codec/schema.ts'
import type { Path, Report } from '../release/problem.ts'
import { capitalized } from './declared-fields.ts'
import { avroOf } from './field-types.ts'

type Json = Readonly<Record<string, unknown>>

/** What is read, and what only restricts values, which is not checked. */
const known: ReadonlySet<string> = new Set([
  ...['type', 'properties', 'required', 'items', 'enum', 'default', 'format', '$ref', '$defs', 'definitions'],
  ...['$schema', '$id', '$comment', 'title', 'description', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
  ...['additionalProperties', 'minLength', 'maxLength', 'pattern', 'minimum', 'maximum', 'exclusiveMinimum'],
  ...['exclusiveMaximum', 'multipleOf', 'minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties'],
])
const levelsMax = 8

/** Reads an event type from the content of a JSON Schema file; null where it has problems, which are reported. */
export function jsonSchemaRecord(name: string, content: unknown, report: Report): AvroSchema | null {
  let isSound = true
  const refuse = (path: Path, message: string, remedy: string): AvroSchema => {
    isSound = false
    report(path, message, remedy)
    return 'string'
  }

  /** Follows references within the file. */
  function target(
    part: Json,
    path: Path,
    seen: readonly string[],
  ): { part: Json; path: Path; seen: readonly string[] } {
    const ref = part.$ref
    if (ref === undefined) return { part, path, seen }
    const steps = typeof ref === 'string' && ref.startsWith('#/') ? ref.slice(2).split('/') : null
    const found = steps?.reduce<unknown>(
      (at, step) => Object(at)[step.replaceAll('~1', '/').replaceAll('~0', '~')],
      content,
    )
    if (steps === null || typeof found !== 'object' || found === null || seen.includes(ref as string)) {
      const why = seen.includes(ref as string) ? 'holds itself' : 'leads nowhere in this file'
      refuse([...path, '$ref'], `'${String(ref)}' ${why}`, 'write the schema itself')
      return { part: { type: 'string' }, path, seen }
    }
    return target(found as Json, steps, [...seen, ref as string])
  }

  function record(own: string, part: Json, path: Path, seen: readonly string[]): AvroSchema {
    const required = Array.isArray(part.required) ? (part.required as readonly unknown[]) : []
    return {
      type: 'record',
      name: own,
      fields: Object.entries((part.properties ?? {}) as Json).map(([key, value]) => {
        const at = [...path, 'properties', key]
        if (!/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(key))
          refuse(at, `'${key}' can't be the name of a field`, 'map it by a source to a name of letters, digits and _')
        const found = target(Object(value) as Json, at, seen)
        const types = [found.part.type].flat()
        const type = typed(`${own}${capitalized(key)}`, found.part, found.path, found.seen)
        const { description, default: assumed } = found.part
        const doc = typeof description === 'string' ? { doc: description } : {}
        if (assumed !== undefined && assumed !== null)
          return { name: key, ...doc, type, default: assumed as AvroSchema }
        return required.includes(key) && !types.includes('null')
          ? { name: key, ...doc, type }
          : { name: key, ...doc, type: ['null', type], default: null }
      }),
    }
  }

  function typed(own: string, part: Json, path: Path, seen: readonly string[]): AvroSchema {
    for (const key of Object.keys(part).filter(key => !known.has(key)))
      refuse(
        [...path, key],
        `'${key}' of a JSON Schema is not understood`,
        'write plain types, or declare the type by fields',
      )
    if (path.length > 4 * levelsMax)
      return refuse(path, `fields nest deeper than ${levelsMax} levels`, 'write fewer levels')
    const types = [part.type].flat().filter(type => type !== 'null')
    const type = types[0] ?? (part.properties ? 'object' : part.enum ? 'string' : undefined)
    if (types.length > 1)
      return refuse([...path, 'type'], 'several types', "write one type, and 'null' if it may be null")
    switch (type) {
      case 'object':
        return record(own, part, path, seen)
      case 'array': {
        const found = target(Object(part.items ?? {}) as Json, [...path, 'items'], seen)
        return { type: 'array', items: typed(own, found.part, found.path, found.seen) }
      }
      case 'string':
        return avroOf(part.format === 'date-time' ? 'time' : part.format === 'date' ? 'date' : 'text')
      case 'number':
        return avroOf('number')
      case 'integer':
        return avroOf('whole')
      case 'boolean':
        return avroOf('flag')
      default:
        return refuse(path, 'this says no type', "add 'type'")
    }
  }

  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    refuse([], 'this is no JSON Schema of an object', 'write { "type": "object", "properties": {…} }')
    return null
  }
  const root = target(content as Json, [], [])
  if (root.part.type !== 'object' && root.part.properties === undefined) {
    refuse(root.path, 'this is no JSON Schema of an object', 'write { "type": "object", "properties": {…} }')
    return null
  }
  const made = typed(name, root.part, root.path, root.seen)
  return isSound ? made : null
}
