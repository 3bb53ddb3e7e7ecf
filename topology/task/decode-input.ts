import { hasMarkedText, strictly } from '../../schemas/codec/strict-text.ts'
import { jsonStart, parseJson } from '../../schemas/json/json-input.ts'
import type { RecordType, Topic } from '../../schemas/record.ts'
import { BadRecord, decodeValue, typeOf } from '../../schemas/wire.ts'

/**
 * Decodes a record of a topic. Input logs may hold JSON, or anything at all; throws BadRecord for what can't be used.
 */
export function decodeInput(topic: Topic, bytes: Uint8Array): { name: string; value: any } {
  if (topic.role === 'input') {
    if (bytes.length > inputBytesMax) throw new BadRecord('oversize', `more than ${inputBytesMax} bytes`)
    const start = bytes[0] === jsonStart ? 0 : jsonFrom(bytes)
    if (bytes[start] === jsonStart) {
      const { type, value } = parseJson(topic, start === 0 ? bytes : bytes.subarray(start))
      return { name: type, value }
    }
  }
  const name = typeOf(topic, bytes)
  const type = topic.types[name]!
  const value = decodeValue<unknown>(type, bytes)
  if (topic.role === 'input' && hasMarkedText(value)) assertWellFormed(type, bytes)
  return { name, value }
}

/** Returns where JSON begins: behind a byte order mark and blanks, which editors and formatters leave. Framed Avro begins with a zero. */
function jsonFrom(bytes: Uint8Array): number {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  while (bytes[at] === 0x20 || (bytes[at]! >= 0x09 && bytes[at]! <= 0x0d)) at++
  return at
}

/** Decoding replaces bytes that are not UTF-8 by one and the same character, so that two customers could become one. */
function assertWellFormed(type: RecordType<any>, bytes: Uint8Array): void {
  try {
    strictly(() => decodeValue(type, bytes))
  } catch (error) {
    if (error instanceof BadRecord) throw new BadRecord('ill-formed-text', 'a text is not UTF-8')
    throw error
  }
}

/** The longest input record that is accepted. */
const inputBytesMax = 1 << 20
