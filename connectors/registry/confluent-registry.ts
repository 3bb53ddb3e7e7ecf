import { SchemaRegistry as Client, type COMPATIBILITY, SchemaType } from '@kafkajs/confluent-schema-registry'
import { ConnectorError } from '../../topology/log/log.ts'
import { Compatibility } from './compatibility.ts'
import type { SchemaRegistry } from './registry.ts'
import { type RegistryAddress, RegistryRequests } from './registry-requests.ts'

export interface ConfluentRegistryOptions extends RegistryAddress {
  /** Called, once, with what an operator of the registry should know. */
  readonly warn?: (text: string) => void
}

/** Opens a registry that speaks Confluent's protocol. Its methods throw `registry-unavailable` (retryable), `registry-refused` or `incompatible-schema`. */
export function openConfluentRegistry(options: ConfluentRegistryOptions): SchemaRegistry {
  const { url, user, password, warn = () => undefined } = options
  const auth = user === undefined ? {} : { auth: { user, password: password ?? '' } }
  const address = { host: url.replace(/\/+$/, ''), retry: { retries: 3, maxRetryTimeInSecs: 2 }, ...auth }
  const client = new Client(address)
  const lenient = new Client(address, { [SchemaType.AVRO]: { typeHook: dropDefaults } })
  const ask = <T>(question: () => Promise<T>) => asked(url, question)
  const levels = new Compatibility(options)
  const requests = new RegistryRequests(options)
  let isWarned = false
  const warnOnce = (text: string) => {
    if (!isWarned) warn(text)
    isWarned = true
  }
  const idOf = (subject: string, json: string) => ask(() => client.getRegistryIdBySchema(subject, JSON.parse(json)))
  return {
    place: url,
    schemaOf: id =>
      ask(async () =>
        written(
          await client.getSchema(id).catch(error => {
            if (error.name !== notParsed) throw error
            return lenient.getSchema(id)
          }),
        ),
      ),
    async textOf(id) {
      const answer = await requests.ask(`/schemas/ids/${id}`)
      if (answer.status === 404) return null
      if (answer.ok) return ((await answer.json()) as { readonly schema: string }).schema
      const detail = `${requests.place} answers ${answer.status} for the schema ${id}`
      if (answer.status === 401 || answer.status === 403) throw new ConnectorError('registry-refused', detail)
      throw new ConnectorError('registry-unavailable', detail, { retryable: true })
    },
    idOf,
    latest: subject => ask(async () => written(await client.getSchema(await client.getLatestSchemaId(subject)))),
    async register(subject, json) {
      const own = await levels.ofSubject(subject)
      const options = { subject, compatibility: own ?? undefined } as { subject: string; compatibility: COMPATIBILITY }
      const answer = await ask(() => client.register(JSON.parse(json), options)).catch(async error => {
        // Someone else may have registered it who has the right to.
        const id = isForbidden(error) ? await idOf(subject, json) : null
        if (id === null) throw error
        return { id }
      })
      if (answer === null) throw new ConnectorError('registry-refused', `${url} knows no subject '${subject}'`)
      if (own === null) await levels.set(subject, warnOnce)
      return answer.id
    },
  }
}

const isForbidden = ({ cause }: ConnectorError): boolean => (cause as { status?: number } | undefined)?.status === 403

/** The name of the client's error for a schema that it can't parse. */
const notParsed = 'ConfluentSchemaRegistryArgumentError'

/**
 * Drops the defaults of a writer's schema before it is parsed: a reader has no use for them, and many producers state
 * some that do not fit their types, which Java and Python do not check.
 */
function dropDefaults(schema: unknown): undefined {
  for (const part of [schema, ...((schema as { fields?: readonly unknown[] }).fields ?? [])])
    if (typeof part === 'object' && part !== null) Reflect.deleteProperty(part, 'default')
}

/** Returns a schema as JSON, with defaults and attributes, which the client's own text lacks. */
function written(schema: unknown): string {
  const avro = schema as { schema?: (options: object) => unknown }
  if (avro.schema === undefined) throw new ConnectorError('incompatible-schema', 'a schema that is not Avro')
  return JSON.stringify(avro.schema({ exportAttrs: true }))
}

async function asked<T>(url: string, question: () => Promise<T>): Promise<T | null> {
  try {
    return await question()
  } catch (error) {
    if (error instanceof ConnectorError) throw error
    const { status, name, message } = error as Error & { status?: number }
    const detail = `${url}: ${message.replace(/^Confluent_Schema_Registry - /, '')}`
    // For "no such schema under this subject" the client throws an error without a status.
    if (status === 404 || (status === undefined && name === 'ConfluentSchemaRegistryError')) return null
    if (status === 409 || name === notParsed) throw new ConnectorError('incompatible-schema', detail, { cause: error })
    if (status === 401 || status === 403 || status === 422 || name === 'ConfluentSchemaRegistryCompatibilityError')
      throw new ConnectorError('registry-refused', detail, { cause: error })
    throw new ConnectorError('registry-unavailable', detail, { retryable: true, cause: error })
  }
}
