import type { Environment } from '@marcbachmann/cel-js'
import type avro from 'avsc'
import type { EventSchema } from '../../../schemas/catalog/event-schema.ts'
import { branchesOf, fieldsOf } from '../event-fields.ts'

/** CEL types by name. */
export type Fields = Readonly<Record<string, string>>

/** Lets expressions mix whole numbers and doubles, as in `features.orders + 1 == 2`; CEL itself keeps them apart. */
export function allowWholeNumbers(environment: Environment): void {
  const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  }
  for (const [operator, apply] of Object.entries(arithmetic)) {
    environment.registerOperator(`double ${operator} int: double`, (a: number, b: bigint) => apply(a, Number(b)))
    environment.registerOperator(`int ${operator} double: double`, (a: bigint, b: number) => apply(Number(a), b))
  }
  environment.registerOperator('double == int: bool', (a: number, b: bigint) => a === Number(b))
}

/**
 * Registers the record types in the events of the triggers. Returns the union of the events' fields, those among them
 * that an event of a type that has them may lack, and the records.
 */
export function eventTypesIn(
  environment: Environment,
  triggers: readonly EventSchema[],
): { fields: Fields; nullable: ReadonlySet<string>; records: Readonly<Record<string, Fields>> } {
  const records: Record<string, Fields> = {}
  const names = new Map<avro.Type, string>()
  const fields: Record<string, string> = {}
  const nullable = new Set<string>()

  function celType(type: avro.Type): string {
    switch (type.typeName) {
      case 'string':
      case 'enum':
        return 'string'
      case 'int':
      case 'long':
      case 'float':
      case 'double':
        return 'double'
      case 'boolean':
        return 'bool'
      case 'bytes':
        return 'bytes'
      case 'array':
        return `list<${celType((type as avro.types.ArrayType).itemsType)}>`
      case 'map':
        return `map<string, ${celType((type as avro.types.MapType).valuesType)}>`
      case 'record':
        return record(type as avro.types.RecordType)
      default:
        branchesOf(type).forEach(celType)
        return 'dyn'
    }
  }

  /** avsc decodes a record into an instance of a class of its own, which cel-js then knows. */
  function record(type: avro.types.RecordType): string {
    const known = names.get(type)
    if (known) return known
    // Two event types may each have a record of this name.
    let name = type.name!
    while (records[name]) name += '_'
    names.set(type, name)
    const ctor = type.recordConstructor as { readonly prototype: object }
    const inner = Object.fromEntries(type.fields.map(field => [field.name, celType(field.type)]))
    records[name] = inner
    const convert = (value: unknown): unknown => Object.assign(Object.create(ctor.prototype), value)
    environment.registerType(name, { ctor: ctor as never, fields: inner, convert } as never)
    return name
  }

  for (const field of triggers.flatMap(fieldsOf)) {
    const type = celType(field.type)
    const agrees = fields[field.name] === undefined || fields[field.name] === type
    fields[field.name] = agrees ? type : 'dyn'
    if (branchesOf(field.type).some(branch => branch.typeName === 'null')) nullable.add(field.name)
  }
  return { fields, nullable, records }
}
