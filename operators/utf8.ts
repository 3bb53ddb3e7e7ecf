import { utf8ToBytes } from '@noble/hashes/utils.js'

/** The UTF-8 bytes of a text. Most are short and plain ASCII, for which the platform's encoder takes longer than the hash. */
export function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return utf8ToBytes(text)
    bytes[i] = code
  }
  return bytes
}
