import { type ForeignSchema, foreignSchema } from '../../schemas/codec/foreign-schema.ts'
import { headerLength, isFramed, schemaIdOf } from '../../schemas/wire.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import type { SchemaRegistry } from './registry.ts'

/** Reads what other systems wrote with schemas of their own, which the registry has. */
export interface ForeignSchemas {
  /**
   * Turns framed Avro into JSON; what is not framed, and what does not decode, stays as it is. Throws `unknown-schema`
   * (retryable, because it may still be registered).
   */
  json(topic: string, bytes: Buffer): Promise<Buffer>
}

/** How long the registry's answer counts that it has no such schema. */
const refusalMs = 60_000

/** Reads with the schemas of a registry. `unknown` says what becomes of a record whose schema it does not have. */
export function foreignSchemas(registry: SchemaRegistry, unknown: 'pause' | 'dead-letter' = 'pause'): ForeignSchemas {
  const known = new Map<number, ForeignSchema | null>()
  const refusedUntil = new Map<number, number>()

  async function schemaOf(topic: string, id: number): Promise<ForeignSchema | null> {
    const found = known.get(id)
    if (found !== undefined) return found
    if (performance.now() < (refusedUntil.get(id) ?? 0)) return null
    const json = await registry.textOf(id)
    if (json === null && unknown === 'pause')
      throw new ConnectorError(
        'unknown-schema',
        `a record of '${topic}' has schema ${id}, which ${registry.place} does not have`,
        { retryable: true },
      )
    if (json === null) {
      refusedUntil.set(id, performance.now() + refusalMs)
      return null
    }
    const schema = orNull(() => foreignSchema(json))
    known.set(id, schema)
    return schema
  }

  return {
    async json(topic, bytes) {
      if (!isFramed(bytes)) return bytes
      const schema = await schemaOf(topic, schemaIdOf(bytes))
      const decoded =
        schema === null ? null : orNull(() => Buffer.from(JSON.stringify(schema.decode(bytes, headerLength))))
      return decoded ?? bytes
    },
  }
}

/** A careless producer must not hold a topic up: intake refuses what is no JSON. */
function orNull<T>(make: () => T): T | null {
  try {
    return make()
  } catch {
    return null
  }
}
