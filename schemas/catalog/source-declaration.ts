/** How the records of a foreign topic are encoded. */
export const sourceFormats = ['json', 'avro', 'debezium', 'cloudevents'] as const
/** The name of a format of foreign records. */
export type SourceFormat = (typeof sourceFormats)[number]

/** What the records of a source become. */
export const sourceTargets = ['events', 'consents', 'receipts', 'reference'] as const
/** The name of what the records of a source become. */
export type SourceTarget = (typeof sourceTargets)[number]

/** Maps the records of a topic that is not ours to events, consents, receipts or reference changes. All expressions are CEL. */
export interface SourceDeclaration {
  readonly from: { readonly topic: string; readonly format: SourceFormat }
  readonly to: SourceTarget
  /** Which records are mapped; others are passed over. */
  readonly when?: string
  /** The id of the event among those of its source and customer. */
  readonly id: string
  /** The name of a type, or an expression that gives one. Consents and receipts have none. */
  readonly type?: string
  /** When it happened, in milliseconds or as ISO 8601 with a zone; the time at which the record was received if left out. */
  readonly time?: string
  /** The system that names the event; the name of the source if left out. */
  readonly source?: string
  /** By type of identifier; one that is null or empty is left out. */
  readonly identifiers?: Readonly<Record<string, string>>
  /** An expression for each field, or one for all of them. */
  readonly data: string | Readonly<Record<string, string>>
}
