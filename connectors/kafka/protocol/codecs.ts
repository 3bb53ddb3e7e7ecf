import { gunzipSync } from 'node:zlib'
import { TooLarge } from './bounded-bytes.ts'
import { unlz4 } from './lz4.ts'
import { unsnappy } from './snappy.ts'
import { unzstd } from './zstd.ts'

/** Unpacks bytes to at most `max` bytes. Throws TooLarge beyond, and an Error for bytes that are no such format. */
type Codec = (packed: Buffer, max: number) => Buffer

/** The codecs of Kafka by their number in a batch's attributes; 0 is none. */
export const codecs: ReadonlyMap<number, Codec> = new Map<number, Codec>([
  [1, gunzip],
  [2, unsnappy],
  [3, unlz4],
  [4, unzstd],
])

function gunzip(packed: Buffer, max: number): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: max })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLarge()
    throw error
  }
}
