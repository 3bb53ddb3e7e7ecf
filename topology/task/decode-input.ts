import { jsonStart, parseJson } from '../../schemas/json/json-input.ts'
import type { Topic } from '../../schemas/record.ts'
import { BadRecord, decodeValue, typeOf } from '../../schemas/wire.ts'

/** Input may be JSON, and may be anything: what can't be used is a BadRecord. */
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

/** The longest record that the door takes. */
const inputBytesMax = 1 << 20
