import type { Schema } from '../../schemas/codec/schema.ts'
import type { Topic } from '../../schemas/record.ts'
import { writtenTypes } from '../../schemas/wire.ts'

/** Stores schemas by id, so that the reader of a record finds the schema it was written with. Errors are ConnectorErrors. */
export interface SchemaRegistry {
  /** Its address, for messages. */
  readonly place: string
  /** Returns the schema with this id, as JSON; null when there is none. */
  schemaOf(id: number): Promise<string | null>
  /** Returns the schema with this id as it was registered, with attributes that we do not know; null when there is none. */
  textOf(id: number): Promise<string | null>
  /** Returns the id of exactly this schema under the subject; null when it is not registered there. */
  idOf(subject: string, json: string): Promise<number | null>
  /** Returns the newest schema of the subject, as JSON; null when it has none. */
  latest(subject: string): Promise<string | null>
  /** Registers the schema unless it is registered, and returns its id. Throws `incompatible-schema` when it can't read the newest one. */
  register(subject: string, json: string): Promise<number>
}

/** A schema that travels on a topic, and the subject under which it is registered. */
export interface RegisteredSchema {
  readonly subject: string
  readonly schema: Schema<any>
}

/** Lists the subjects of a topic, one for each type of record (Confluent's TopicRecordNameStrategy, because topics carry several types). */
export const subjectsOf = (topic: Topic): RegisteredSchema[] =>
  writtenTypes(topic).map(([, { schema }]) => ({ subject: `${topic.name}-${schema.name}`, schema }))
