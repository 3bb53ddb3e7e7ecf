import { SchemaRegistry as Client, COMPATIBILITY } from '@kafkajs/confluent-schema-registry'
import { ConnectorError } from '../../topology/log/log.ts'
import type { SchemaRegistry } from './registry.ts'

export interface ConfluentRegistryOptions {
  /** Such as `http://127.0.0.1:8081`, or, of Apicurio, with `/apis/ccompat/v7` behind it. */
  readonly url: string
  readonly user?: string | undefined
  readonly password?: string | undefined
}

/** Opens a registry that speaks Confluent's protocol. Its methods throw `registry-unavailable` (retryable), `registry-refused` or `incompatible-schema`. */
export function openConfluentRegistry({ url, user, password }: ConfluentRegistryOptions): SchemaRegistry {
  const auth = user === undefined ? {} : { auth: { user, password: password ?? '' } }
  const client = new Client({ host: url.replace(/\/+$/, ''), retry: { retries: 3, maxRetryTimeInSecs: 2 }, ...auth })
  const ask = <T>(question: () => Promise<T>) => asked(url, question)
  return {
    place: url,
    schemaOf: id => ask(async () => written(await client.getSchema(id))),
    idOf: (subject, json) => ask(() => client.getRegistryIdBySchema(subject, JSON.parse(json))),
    latest: subject => ask(async () => written(await client.getSchema(await client.getLatestSchemaId(subject)))),
    async register(subject, json) {
      const answer = await ask(() =>
        client.register(JSON.parse(json), { subject, compatibility: COMPATIBILITY.BACKWARD }),
      )
      if (answer === null) throw new ConnectorError('registry-refused', `${url} knows no subject '${subject}'`)
      return answer.id
    },
  }
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
    if (status === 409) throw new ConnectorError('incompatible-schema', detail, { cause: error })
    if (status === 401 || status === 403 || status === 422 || name === 'ConfluentSchemaRegistryCompatibilityError')
      throw new ConnectorError('registry-refused', detail, { cause: error })
    throw new ConnectorError('registry-unavailable', detail, { retryable: true, cause: error })
  }
}
