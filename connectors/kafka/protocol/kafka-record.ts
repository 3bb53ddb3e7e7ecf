import type { ConnectorError } from '../../../topology/log/log.ts'

/** A record as the broker stores it. */
export interface KafkaRecord {
  readonly offset: number
  /** In ms since the epoch; -1 in the oldest format, which has none. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** The value of the header of JOAI's own records. */
  readonly cause: Buffer | null
  /** The headers as they stand in the record, if it has others than that: a record may hold millions. */
  readonly headers?: Buffer
  /** The reason why a batch can't be read. Such a record stands for the whole batch, at its last offset. */
  readonly unreadable?: ConnectorError
}

/** The name of the header that holds the cause of a record. */
export const causeHeader = 'joai-cause'
