import type { SourceDeclaration } from '../../schemas/catalog/source-declaration.ts'
import type { IdentifierFolding } from '../words/identifier-folding.ts'
import type { FieldsFile } from './declared-fields.ts'

/** A catalog file whose shape was checked. */
export interface CatalogFile {
  readonly catalog: string
  readonly version: number
  readonly events: Readonly<Record<string, EventFile>>
  readonly identifiers: Readonly<Record<string, { readonly fold?: IdentifierFolding } | null>>
  readonly purposes: readonly string[]
  readonly channels: readonly string[]
  readonly placements?: readonly string[]
  readonly sources?: Readonly<Record<string, SourceFile>>
  readonly classes?: { readonly health?: { readonly purposes: readonly string[] } }
}

/** A source, whose fields may also be constants. */
interface SourceFile extends Omit<SourceDeclaration, 'data'> {
  readonly doc?: string
  readonly data: string | Readonly<Record<string, string | number | boolean>>
}

interface EventFile {
  readonly doc?: string
  readonly fields?: FieldsFile
  /** The path of an Avro schema. */
  readonly avro?: string
  /** The path of a JSON Schema. */
  readonly jsonSchema?: string
}
