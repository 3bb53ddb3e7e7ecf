import { ZSTDDecoder } from 'zstddec'
import { TooLarge } from './bounded-bytes.ts'

/** The functions of zstd's own decoder. A negative size is an error's number. */
interface Decoder {
  readonly memory: WebAssembly.Memory
  /** Returns 0 if there is no memory. */
  malloc(size: number): number
  free(at: number): void
  ZSTD_decompress(to: number, capacity: number, from: number, size: number): number
  /** The sum of what the frames state; from `noSizes` on, one states nothing, or they are no frames. */
  ZSTD_findDecompressedSize(from: number, size: number): bigint
}

const firstCapacity = 1 << 18
/** A decoder whose memory has grown beyond this is given up after use, because the memory of WebAssembly never shrinks. */
const keptMemoryMax = 32 << 20
const tooSmall = 70
const noSizes = 2n ** 64n - 2n
const errors: ReadonlyMap<number, string> = new Map([
  [10, 'it is no frame of zstd'],
  [14, 'it uses what zstd does not know'],
  [16, 'it states a window of more than 1 GiB'],
  [22, 'its checksum differs'],
  [32, 'it needs a dictionary'],
  [72, 'it is cut off, or something follows it'],
])

const module = await loaded()
let kept: Decoder | null = null

/**
 * Unpacks frames of zstd (RFC 8878). Memory grows with what is really written: neither the size of the content nor the window
 * that a frame states is allocated, so that a sound frame with a large window is read too.
 */
export function unzstd(packed: Buffer, max: number): Buffer {
  const decoder = kept ?? started()
  // Stays so if the decoder traps, after which its memory can't be trusted.
  kept = null
  const from = allocated(decoder, packed.length)
  new Uint8Array(decoder.memory.buffer).set(packed, from)
  const stated = BigInt.asUintN(64, decoder.ZSTD_findDecompressedSize(from, packed.length))
  const isKnown = stated < noSizes
  const isBeyond = isKnown && stated > max
  const plain = isBeyond ? tooSmall : unpacked(decoder, from, packed.length, isKnown ? Number(stated) : max)
  decoder.free(from)
  if (decoder.memory.buffer.byteLength <= keptMemoryMax) kept = decoder
  if (typeof plain !== 'number') return plain
  if (plain === tooSmall) throw new TooLarge()
  throw new RangeError(errors.get(plain) ?? `zstd answers ${plain}`)
}

/** Unpacks into memory that is enlarged until the frames fit. Returns an error's number if they are damaged, or `max` is too small. */
function unpacked(decoder: Decoder, from: number, size: number, max: number): Buffer | number {
  for (let capacity = Math.min(max, firstCapacity); ; capacity = Math.min(max, 4 * capacity)) {
    const to = allocated(decoder, capacity)
    const written = decoder.ZSTD_decompress(to, capacity, from, size)
    const plain = written < 0 ? -written : Buffer.from(new Uint8Array(decoder.memory.buffer, to, written))
    decoder.free(to)
    if (plain !== tooSmall || capacity === max) return plain
  }
}

function allocated(decoder: Decoder, size: number): number {
  const at = decoder.malloc(size)
  if (at === 0) throw new Error(`there are no ${size} bytes of memory for zstd`)
  return at
}

const started = (): Decoder =>
  new WebAssembly.Instance(module, { env: { emscripten_notify_memory_growth: () => undefined } })
    .exports as unknown as Decoder

/** Compiles the decoder that the package holds. The package's own function hides errors, and keeps its memory for ever. */
function loaded(): Promise<WebAssembly.Module> {
  const packaged = new ZSTDDecoder()
  return new Promise((resolve, reject) => {
    packaged._init = ({ module: compiled }) => resolve(compiled)
    packaged.init().catch(reject)
  })
}
