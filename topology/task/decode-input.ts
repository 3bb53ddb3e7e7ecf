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
    if (bytes[0] === jsonStart) {
      const { type, value } = parseJson(topic, bytes)
      return { name: type, value }
    }
  }
  const name = typeOf(topic, bytes)
  const type = topic.types[name]!
  const value = decodeValue<unknown>(type, bytes)
  if (topic.role === 'input' && hasMarkedText(value)) assertWellFormed(type, bytes)
  return { name, value }
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
