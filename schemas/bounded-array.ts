import avro from 'avsc'

/** What of the library's reader an array needs. */
interface Tap {
  readonly buf: Uint8Array
  readonly pos: number
  readLong(): number
  skipLong(): void
}

interface Readable {
  _read(tap: Tap): unknown
}

/**
 * The library believes an array's length before it has seen one item: 25 bytes could ask for gigabytes. An item takes
 * a byte at least, so that no array is longer than the bytes that are left.
 */
class BoundedArray extends avro.types.ArrayType {
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
      // Measured by the library: an array made at its length reads a tenth faster.
      items ??= new Array(count)
      while (count-- > 0) items[length++] = type._read(tap)
    }
    return items ?? []
  }
}

/** For `avro.Type.forSchema`: arrays that a hostile record can't blow up. */
export const boundedArrays: NonNullable<avro.ForSchemaOptions['typeHook']> = (schema, options) =>
  typeof schema === 'object' && 'type' in schema && schema.type === 'array'
    ? new BoundedArray(schema, options)
    : undefined
