import type { Schema } from '../../schemas/codec/schema.ts'
import type { Topic } from '../../schemas/record.ts'

/** Where schemas are kept under ids, so that who reads a record can find what wrote it. Errors are ConnectorErrors. */
export interface SchemaRegistry {
  /** Where it is: for messages. */
  readonly place: string
  /** The schema with this id, as JSON; null when there is none. */
  schemaOf(id: number): Promise<string | null>
  /** The id of exactly this schema under the subject; null when it is not registered there. */
  idOf(subject: string, json: string): Promise<number | null>
  /** The newest schema of the subject, as JSON; null when it has none. */
  latest(subject: string): Promise<string | null>
  /** Registers the schema if it is not there, and answers its id. Throws `incompatible-schema` when it can't read what is there. */
  register(subject: string, json: string): Promise<number>
}

/** A schema that travels on a topic, and the subject under which it is registered. */
export interface RegisteredSchema {
  readonly subject: string
  readonly schema: Schema<any>
}

/** One subject for each type of record of a topic: Confluent's TopicRecordNameStrategy, as topics carry several types. */
export const subjectsOf = (topic: Topic): RegisteredSchema[] =>
  Object.values(topic.types).map(({ schema }) => ({ subject: `${topic.name}-${schema.name}`, schema }))
