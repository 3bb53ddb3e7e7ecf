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
  readonly classes?: { readonly health?: { readonly purposes: readonly string[] } }
}

interface EventFile {
  readonly doc?: string
  readonly fields?: FieldsFile
  /** The path of an Avro schema. */
  readonly avro?: string
  /** The path of a JSON Schema. */
  readonly jsonSchema?: string
}
