import { identify, type Schema } from '../../schemas/codec/schema.ts'
import type { Topic } from '../../schemas/record.ts'
import { isFramed, schemaIdOf, writeFrame } from '../../schemas/wire.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import { type SchemaRegistry, subjectsOf } from './registry.ts'

/**
 * Translates the schema id in front of a record, on its way to and from a log. Inside the program the id is the schema's
 * fingerprint, on the broker it is the registry's id. The bytes behind it never change.
 */
export interface SchemaIds {
  /** Returns a record with the registry's id, for the broker. */
  outgoing(topic: string, value: Uint8Array): Uint8Array
  /**
   * Fetches the schemas of these records that are not known yet; returns null when all are known. Must be awaited before
   * `incoming`. Throws `unknown-schema` (retryable, because it may still be registered) and `incompatible-schema`: then the
   * partition has to wait, and nothing of it is lost.
   */
  prepare(topic: string, values: readonly Uint8Array[]): Promise<void> | null
  /** Returns a record with the program's own id. A record without a frame is returned unchanged. */
  incoming(topic: string, value: Uint8Array): Uint8Array
}

export interface SchemaIdsOptions {
  readonly registry: SchemaRegistry
  readonly topics: Iterable<Topic>
  /** The treatment of a record whose schema is missing: pause the partition, or make a dead letter of the record. */
  readonly unknown?: 'pause' | 'dead-letter'
}

/** Looks up the ids of all schemas of these topics. Throws `schema-not-registered` when `joai apply` has not registered them. */
export async function openSchemaIds({ registry, topics, unknown = 'pause' }: SchemaIdsOptions): Promise<SchemaIds> {
  const ids = new RegistryIds(registry, unknown)
  for (const topic of topics) await ids.add(topic)
  return ids
}

/** The registry's ids and our own, for the types of one topic. Null stands for a schema whose records become dead letters. */
interface Known {
  readonly topic: Topic
  readonly inside: Map<number, number | null>
  /** Until when the registry's refusal of an id counts. */
  readonly refusedUntil: Map<number, number>
}

class RegistryIds implements SchemaIds {
  readonly #registry: SchemaRegistry
  readonly #unknown: 'pause' | 'dead-letter'
  readonly #topics = new Map<string, Known>()
  readonly #outside = new Map<number, number>()

  constructor(registry: SchemaRegistry, unknown: 'pause' | 'dead-letter') {
    this.#registry = registry
    this.#unknown = unknown
  }

  async add(topic: Topic): Promise<void> {
    const known: Known = { topic, inside: new Map(), refusedUntil: new Map() }
    for (const { subject, schema } of subjectsOf(topic)) {
      const id = await this.#registry.idOf(subject, schema.json)
      if (id === null)
        throw new ConnectorError(
          'schema-not-registered',
          `${this.#registry.place} does not have the schema of '${subject}': run joai apply`,
        )
      known.inside.set(id, schema.id)
      this.#outside.set(schema.id, id)
    }
    this.#topics.set(topic.name, known)
  }

  outgoing(topic: string, value: Uint8Array): Uint8Array {
    if (!isFramed(value) || !this.#topics.has(topic)) return value
    const outside = this.#outside.get(schemaIdOf(value))
    return outside === undefined ? value : framed(value, outside)
  }

  prepare(topic: string, values: readonly Uint8Array[]): Promise<void> | null {
    const known = this.#topics.get(topic)
    if (known === undefined) return null
    const missing = new Set<number>()
    for (const value of values)
      if (isFramed(value) && !isKnown(known, schemaIdOf(value))) missing.add(schemaIdOf(value))
    return missing.size === 0 ? null : this.#learn(known, missing)
  }

  incoming(topic: string, value: Uint8Array): Uint8Array {
    if (!isFramed(value)) return value
    const inside = this.#topics.get(topic)?.inside.get(schemaIdOf(value))
    return inside === undefined || inside === null ? value : framed(value, inside)
  }

  async #learn({ topic, inside, refusedUntil }: Known, ids: Iterable<number>): Promise<void> {
    for (const id of ids) {
      try {
        inside.set(id, await this.#read(topic, id))
      } catch (error) {
        const isLasting = error instanceof ConnectorError && unusable.has(error.code)
        if (!isLasting || this.#unknown === 'pause') throw error
        inside.set(id, null)
        refusedUntil.set(id, performance.now() + refusalMs)
      }
    }
  }

  /** Finds the type of the topic that can read the schema with this id. Returns our own id of that schema. */
  async #read(topic: Topic, id: number): Promise<number> {
    const json = await this.#registry.schemaOf(id)
    if (json === null)
      throw new ConnectorError(
        'unknown-schema',
        `a record of '${topic.name}' has schema ${id}, which ${this.#registry.place} does not have`,
        { retryable: true },
      )
    try {
      const { name } = identify(json)
      const schema = typeNamed(topic, name)
      if (schema === undefined) throw new Error(`'${topic.name}' does not carry '${name}'`)
      // A careless producer must not hold an input up: each value that can't be read is a dead letter. Of a log of our own the writer is
      // a later version of this program, so its records wait for it.
      const inside = schema.alsoRead(json, topic.role === 'input')
      this.#outside.set(inside, id)
      return inside
    } catch (error) {
      throw new ConnectorError(
        'incompatible-schema',
        `a record of '${topic.name}' has schema ${id}, which can't be read: ${(error as Error).message}`,
        { cause: error },
      )
    }
  }
}

/** Finds the type of a topic by the name of its record. On inputs the namespace may be another, as Avro allows. */
function typeNamed(topic: Topic, name: string): Schema<any> | undefined {
  const schemas = Object.values(topic.types).map(({ schema }) => schema as Schema<any>)
  const exact = schemas.find(schema => schema.name === name)
  return (
    exact ?? (topic.role === 'input' ? schemas.find(schema => lastPart(schema.name) === lastPart(name)) : undefined)
  )
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** How long the registry's answer counts that it has no schema that can be read: somebody may register one. */
const refusalMs = 60_000

/** Tells whether the registry need not be asked about a schema. */
const isKnown = ({ inside, refusedUntil }: Known, id: number): boolean =>
  inside.has(id) && (inside.get(id) !== null || performance.now() < refusedUntil.get(id)!)

/** Tells whether a registry's answer about a schema will stay the same if it is asked again at once. */
const unusable: ReadonlySet<string> = new Set(['unknown-schema', 'incompatible-schema'])

function framed(value: Uint8Array, id: number): Uint8Array {
  if (schemaIdOf(value) === id) return value
  const translated = Uint8Array.prototype.slice.call(value)
  writeFrame(translated, id)
  return translated
}
