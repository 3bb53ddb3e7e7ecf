import avro from 'avsc'
import { readAvroText } from './strict-text.ts'

/** The part of the library's reader that arrays and maps need. */
export interface Tap {
  readonly buf: Uint8Array
  pos: number
  readLong(): number
  readString(): string
  skipLong(): void
  skipString(): void
}

interface Readable {
  _read(tap: Tap): unknown
  _skip(tap: Tap): void
}

/**
 * Skips an array or a map that the reader's version of a schema does not have. The library accepts any block size: with
 * a negative one it goes back and skips the same bytes for ever.
 */
function skipBlocks(tap: Tap, what: string, skipItem: () => void): void {
  for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
    const size = count < 0 ? tap.readLong() : 0
    const left = tap.buf.length - tap.pos
    if (Math.abs(count) > left || size < 0 || size > left) throw new RangeError(`${what} is longer than its bytes`)
    if (count < 0) tap.pos += size
    else while (count-- > 0) skipItem()
  }
}

/**
 * The library believes an array's length before it has seen one item: 25 bytes could ask for gigabytes. An item takes
 * at least one byte, so no valid array is longer than the bytes that are left.
 */
export class BoundedArray extends avro.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const type = this.itemsType as unknown as Readable
    let items: unknown[] | null = null
    let length = 0
    for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
      if (count < 0) {
        count = -count
        tap.skipLong()
      }
      if (count > tap.buf.length - tap.pos) throw new RangeError('an array is longer than its bytes')
      // PERF: an array that is allocated at its length reads a tenth faster (measured by the library's authors).
      items ??= new Array(count)
      while (count-- > 0) items[length++] = type._read(tap)
    }
    return items ?? []
  }

  _skip(tap: Tap): void {
    const type = this.itemsType as unknown as Readable
    skipBlocks(tap, 'an array', () => type._skip(tap))
  }
}

/**
 * Bounds a map in the same way: the library reads entries beyond the end of the bytes, for seconds if five bytes ask
 * for it.
 */
export class BoundedMap extends avro.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const type = this.valuesType as unknown as Readable
    const map: Record<string, unknown> = {}
    for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
      if (count < 0) {
        count = -count
        tap.skipLong()
      }
      if (count > tap.buf.length - tap.pos) throw new RangeError('a map is longer than its bytes')
      while (count-- > 0) {
        const key = readAvroText(tap)
        map[key] = type._read(tap)
      }
    }
    return map
  }

  _skip(tap: Tap): void {
    const type = this.valuesType as unknown as Readable
    skipBlocks(tap, 'a map', () => {
      tap.skipString()
      type._skip(tap)
    })
  }
}
