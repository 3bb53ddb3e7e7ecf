import { type AvroSchema, schema } from '../../schemas/codec/schema.ts'
import type { Report } from '../release/problem.ts'

type Json = Readonly<Record<string, unknown>>

const primitives: ReadonlySet<unknown> = new Set(['boolean', 'int', 'long', 'float', 'double', 'string'])

/** Reads an event type from the content of an `.avsc` file; null where it has problems, which are reported. */
export function avroFileRecord(content: unknown, report: Report): AvroSchema | null {
  let isSound = true
  const refuse = (path: readonly (string | number)[], message: string, remedy: string) => {
    isSound = false
    report(path, message, remedy)
  }
  const records = new Set<string>()

  function check(type: unknown, path: readonly (string | number)[], around: readonly string[]): void {
    if (primitives.has(type)) return
    if (typeof type === 'string') {
      if (type === 'null' || type === 'bytes')
        refuse(path, `'${type}' can't be the type of a field`, 'write text, numbers or records')
      else if (around.some(name => name === type || name.endsWith(`.${type}`)))
        refuse(path, `the record '${type}' holds itself`, 'write fewer levels')
      else if (![...records].some(name => name === type || name.endsWith(`.${type}`)))
        refuse(path, `there is no type '${type}' before it`, 'write the record itself: each file stands alone')
    } else if (Array.isArray(type)) {
      const others = type.filter(one => one !== 'null')
      if (others.length !== 1) refuse(path, 'a union of several types', 'write a union of null and one type')
      else check(others[0], [...path, type.indexOf(others[0])], around)
    } else if (typeof type === 'object' && type !== null) complex(type as Json, path, around)
    else refuse(path, 'this is no Avro type', 'write the name of a type, or a record')
  }

  function complex(type: Json, path: readonly (string | number)[], around: readonly string[]): void {
    if (type.type === 'record') {
      const name = typeof type.namespace === 'string' ? `${type.namespace}.${type.name}` : String(type.name)
      const fields = Array.isArray(type.fields) ? (type.fields as readonly Json[]) : []
      for (const [n, field] of fields.entries()) check(field.type, [...path, 'fields', n, 'type'], [...around, name])
      records.add(name)
    } else if (type.type === 'array') check(type.items, [...path, 'items'], around)
    else if (type.type === 'map') check(type.values, [...path, 'values'], around)
    else if (type.type === 'enum') records.add(String(type.name))
    else if (type.type === 'fixed')
      refuse(path, "'fixed' can't be the type of a field", 'write text, numbers or records')
    else check(type.type, [...path, 'type'], around)
  }

  if ((content as Json | null)?.type !== 'record') {
    refuse([], 'this is no Avro record', 'write { "type": "record", "name": …, "fields": […] }')
    return null
  }
  check(content, [], [])
  if (!isSound) return null
  try {
    schema(content as AvroSchema)
  } catch (error) {
    refuse([], `this is no Avro schema: ${(error as Error).message}`, 'write a schema as Avro 1.11 has them')
    return null
  }
  return content as AvroSchema
}
