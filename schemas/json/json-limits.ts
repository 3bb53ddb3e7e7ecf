const sizeMaxBytes = 256 * 1024
const depthMax = 32

const quote = 0x22
const backslash = 0x5c

/** Tells whether JSON input is beyond 256 KiB, and is then not parsed at all. */
export const isTooLarge = (bytes: Uint8Array): boolean => bytes.length > sizeMaxBytes

/** Tells whether JSON nests deeper than 32 levels. It reads the bytes only: parsing them might exhaust the stack. */
export function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === quote) i = endOfText(bytes, i)
    else if (isOpening(byte) && ++depth > depthMax) return true
    else if (isClosing(byte)) depth--
  }
  return false
}

function endOfText(bytes: Uint8Array, start: number): number {
  let i = start + 1
  while (i < bytes.length && bytes[i] !== quote) i += bytes[i] === backslash ? 2 : 1
  return i
}

const isOpening = (byte: number): boolean => byte === 0x7b || byte === 0x5b
const isClosing = (byte: number): boolean => byte === 0x7d || byte === 0x5d
