import { ConnectorError } from '../../../topology/log/log.ts'
import { TooLarge } from './bounded-bytes.ts'
import { codecs } from './codecs.ts'

/** The most bytes of one decompressed batch. The broker limits only the compressed size. */
const unpackedBytesMax = 64 << 20
/** The most records of one batch. A record takes seven bytes at least, and some hundred once it is read. */
const batchRecordsMax = 500_000

/** Unpacks what a batch holds. `what` names the batch. Throws `codec-unknown`, `batch-too-large` and `batch-torn`. */
export function unpackedBatch(payload: Buffer, codec: number, what: string): Buffer {
  if (codec === 0) return payload
  const unpack = codecs.get(codec)
  if (!unpack) throw new ConnectorError('codec-unknown', `${what} is packed by codec ${codec}, which is not read here`)
  try {
    return unpack(payload, unpackedBytesMax)
  } catch (cause) {
    if (cause instanceof TooLarge)
      throw new ConnectorError('batch-too-large', `${what} unpacks to more than ${unpackedBytesMax} bytes`, { cause })
    throw new ConnectorError('batch-torn', `${what} can't be unpacked: ${(cause as Error).message}`, { cause })
  }
}

/** Throws `batch-too-large` for more records than are read at once. */
export function checkRecordCount(count: number, what: string): void {
  if (count <= batchRecordsMax) return
  throw new ConnectorError('batch-too-large', `${what} holds more than ${batchRecordsMax} records`)
}
