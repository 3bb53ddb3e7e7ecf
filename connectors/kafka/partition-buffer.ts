import type { ConnectorError } from '../../topology/log/log.ts'
import type { KafkaRecord } from './protocol/kafka-record.ts'

/** How long a broker waits for new records. A partition that is requested meanwhile waits as long. */
export const waitMs = 50

/** Records of one partition that were fetched and not yet read, from an offset on. */
export class PartitionBuffer {
  readonly topic: string
  readonly partition: number
  /** The first offset that has not been read. */
  start: number
  /** The offset to fetch next: all committed records before it are in `records`. */
  next: number
  records: KafkaRecord[] = []
  isAtEnd = false
  /** Whether the reader has already got the answer that it is at the end. */
  isEndReported = false
  error: ConnectorError | null = null
  /** How often in a row the broker has answered with an error for this partition. */
  failures = 0
  /** When it may be fetched again after such an answer. */
  restsUntil = 0
  asked = performance.now()
  #wake: () => void = () => undefined

  constructor(topic: string, partition: number, from: number) {
    this.topic = topic
    this.partition = partition
    this.start = from
    this.next = from
  }

  take(limit: number): KafkaRecord[] {
    const taken = this.records.splice(0, limit)
    if (taken.length > 0) {
      this.start = taken.at(-1)!.offset + 1
      this.isEndReported = false
    }
    return taken
  }

  /** Resolves when there is something new, or after `waitMs`. */
  wait(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, waitMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  wake(): void {
    this.#wake()
  }
}
