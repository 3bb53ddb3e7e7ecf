import type { ConnectorError } from '../../topology/log/log.ts'
import type { KafkaRecord } from './protocol/record-batches.ts'

/** How long a broker waits for something new. A partition that is asked for meanwhile waits as long. */
export const waitMs = 50

/** What was fetched of one partition and not yet taken, from an offset on. */
export class Feed {
  readonly topic: string
  readonly partition: number
  /** The offset from which on nothing has been taken. */
  start: number
  /** The offset to fetch next: all committed records before it are in `records`. */
  next: number
  records: KafkaRecord[] = []
  isAtEnd = false
  /** Whether the reader has been told that it is at the end. */
  isTold = false
  error: ConnectorError | null = null
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
      this.isTold = false
    }
    return taken
  }

  /** Resolves when something is new, or after some time. */
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
