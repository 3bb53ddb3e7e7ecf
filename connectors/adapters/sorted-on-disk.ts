import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Bytes, and the time by which they are sorted. */
export interface Timed {
  readonly time: number
  readonly bytes: Buffer
}

const headerBytes = 12

/**
 * Sorts by time, and keeps what has one time in the order in which it came. At most `memoryMax` bytes are held at once; what is
 * more waits in temporary files.
 */
export async function* sortedByTime(items: AsyncIterable<Timed>, memoryMax = 64 * 1024 * 1024): AsyncGenerator<Timed> {
  const folder = mkdtempSync(join(tmpdir(), 'joai-sort-'))
  const files: string[] = []
  try {
    let run: Timed[] = []
    let size = 0
    for await (const item of items) {
      run.push(item)
      size += item.bytes.length + headerBytes
      if (size < memoryMax) continue
      const file = join(folder, String(files.length))
      await pipeline(Readable.from(packed(sorted(run))), createWriteStream(file))
      files.push(file)
      run = []
      size = 0
    }
    yield* merged([...files.map(unpacked), inMemory(sorted(run))])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const sorted = (run: Timed[]): Timed[] => run.sort((a, b) => a.time - b.time)

async function* inMemory(run: readonly Timed[]): AsyncGenerator<Timed> {
  yield* run
}

/** Merges runs that are sorted; at one time, an earlier run comes first. */
async function* merged(runs: readonly AsyncGenerator<Timed>[]): AsyncGenerator<Timed> {
  const heads = await Promise.all(runs.map(run => run.next()))
  for (;;) {
    let first = -1
    for (const [i, head] of heads.entries())
      if (!head.done && (first < 0 || head.value.time < heads[first]!.value.time)) first = i
    if (first < 0) return
    yield heads[first]!.value
    heads[first] = await runs[first]!.next()
  }
}

function* packed(run: readonly Timed[]): Generator<Buffer> {
  for (const { time, bytes } of run) {
    const header = Buffer.alloc(headerBytes)
    header.writeDoubleBE(time, 0)
    header.writeUInt32BE(bytes.length, 8)
    yield Buffer.concat([header, bytes])
  }
}

async function* unpacked(file: string): AsyncGenerator<Timed> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (rest.length - at >= headerBytes) {
      const end = at + headerBytes + rest.readUInt32BE(at + 8)
      if (end > rest.length) break
      yield { time: rest.readDoubleBE(at), bytes: rest.subarray(at + headerBytes, end) }
      at = end
    }
    rest = rest.subarray(at)
  }
}
