import type avro from 'avsc'
import type { EventSchema } from '../../schemas/catalog/event-schema.ts'

/** The type of an event's field, as features distinguish it. */
export type FieldKind = 'number' | 'text' | 'other'

/** The Avro fields of an event type, in the order of its schema. */
export const fieldsOf = ({ schema }: EventSchema): readonly avro.types.Field[] =>
  (schema.type as unknown as avro.types.RecordType).fields

/** Returns the type of the field at a path (`value`, `lines.category`) of an event; null if there is no such field. */
export function fieldKind({ schema }: EventSchema, path: string): FieldKind | null {
  let { type } = schema
  for (const name of path.split('.')) {
    const record = elementOf(type)
    if (record.typeName !== 'record') return null
    const field = (record as avro.types.RecordType).fields.find(candidate => candidate.name === name)
    if (!field) return null
    type = field.type
  }
  return kindOf(elementOf(type))
}

/** Lists the paths of an event that a feature can take, for remedies. */
export function fieldPaths({ schema }: EventSchema): readonly string[] {
  return pathsIn(schema.type, '')
}

function pathsIn(type: avro.Type, prefix: string): string[] {
  const record = elementOf(type)
  if (record.typeName !== 'record') return [prefix]
  const inner = (name: string) => (prefix === '' ? name : `${prefix}.${name}`)
  return (record as avro.types.RecordType).fields.flatMap(field => pathsIn(field.type, inner(field.name)))
}

/** Returns the type inside arrays and inside unions with null. */
function elementOf(type: avro.Type): avro.Type {
  if (type.typeName === 'array') return elementOf((type as avro.types.ArrayType).itemsType)
  const branches = branchesOf(type).filter(branch => branch.typeName !== 'null')
  return branches.length === 1 ? elementOf(branches[0]!) : type
}

/** Returns the branches of a union; none for any other type. */
export const branchesOf = (type: avro.Type): readonly avro.Type[] =>
  type.typeName.startsWith('union') ? (type as avro.types.UnwrappedUnionType).types : []

function kindOf(type: avro.Type): FieldKind {
  if (['int', 'long', 'float', 'double'].includes(type.typeName)) return 'number'
  return type.typeName === 'string' || type.typeName === 'enum' ? 'text' : 'other'
}
