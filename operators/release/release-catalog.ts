import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import { type Catalog, type CatalogDeclaration, catalogOf } from '../../schemas/catalog/catalog.ts'
import type { EventSchema } from '../../schemas/catalog/event-schema.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import type { Release } from './release.ts'

/** PERF: a release is checked and compiled in several steps, each of which asks for its catalog. */
const made = new WeakMap<CatalogDeclaration, Catalog>()

/** Makes the catalog of a release. */
export function catalogOfRelease({ catalog: declaration }: Pick<Release, 'catalog'>): Catalog {
  if (declaration === undefined) return firstCatalog
  let catalog = made.get(declaration)
  if (catalog === undefined) {
    catalog = catalogOf(declaration, builtInEvents)
    made.set(declaration, catalog)
  }
  return catalog
}

/** Lists the event types of these names; a name that the catalog does not know is left out. */
export const typesNamed = ({ events }: Catalog, names: readonly string[]): readonly EventSchema[] =>
  names.flatMap(name => events.get(name) ?? [])
