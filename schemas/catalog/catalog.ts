import type { AvroSchema } from '../codec/schema.ts'
import { type EventSchema, eventSchema } from './event-schema.ts'
import type { SourceDeclaration } from './source-declaration.ts'

/**
 * A company's words as they travel, with a release on `control` among others: plain JSON, whatever form the catalog file
 * gave them. The types that the engine itself understands are not in it.
 */
export interface CatalogDeclaration {
  /**
   * The event types by name, each an Avro record. A field's `aliases` are its earlier names, its `classes` (`personal`,
   * `card`, `health`) say what is to be done with it; a time is a long of logical type `timestamp-millis`.
   */
  readonly events: Readonly<Record<string, AvroSchema>>
  /** The types of identifiers by name, and how their values are folded before persons are found by them. */
  readonly identifiers: Readonly<Record<string, { readonly fold?: 'lower-case' | 'email' | 'phone' }>>
  readonly purposes: readonly string[]
  readonly channels: readonly string[]
  readonly placements: readonly string[]
  /** The mappings of topics that are not ours, by name. Absent: none. */
  readonly sources?: Readonly<Record<string, SourceDeclaration>>
  /** The purposes that may read health fields besides `service`. Absent: none. */
  readonly classes?: { readonly health?: { readonly purposes: readonly string[] } }
}

/** A catalog, ready to check and read events with. */
export interface Catalog {
  readonly declaration: CatalogDeclaration
  /** All event types by name: the declared ones, and those that the engine itself understands. */
  readonly events: ReadonlyMap<string, EventSchema>
}

/** Makes a catalog of what is declared; `builtIn` are the types that the engine itself understands. */
export function catalogOf(declaration: CatalogDeclaration, builtIn: readonly EventSchema[]): Catalog {
  const declared = Object.entries(declaration.events).map(([name, record]) => eventSchema(name, record))
  return { declaration, events: new Map([...builtIn, ...declared].map(type => [type.name, type])) }
}
