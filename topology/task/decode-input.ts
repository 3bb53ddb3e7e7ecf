import { jsonStart, parseJson } from '../../schemas/json/json-input.ts'
import type { Topic } from '../../schemas/record.ts'
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
  return { name, value: decodeValue(topic.types[name]!, bytes) }
}

/** The longest input record that is accepted. */
const inputBytesMax = 1 << 20
