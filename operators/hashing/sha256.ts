import { utf8ToBytes } from '@noble/hashes/utils.js'

/*
 * SHA-256 (FIPS 180-4) and HMAC (RFC 2104) of short texts, which the operators hash for each event.
 * PERF: for one or two blocks, @noble/hashes spends most of its time on views, state copies and checks (1.9 µs against
 * 0.5 µs). The module's buffers are shared by all calls, which is safe because every call is synchronous.
 */

/** A digest, or the state between two blocks, as eight words of 32 bits in signed integers. */
export type Words = Int32Array

/** The two states of an HMAC after its key, to be reused for many texts. */
export interface HmacKey {
  readonly inner: Words
  readonly outer: Words
}

const blockBytes = 64
const digestBytes = 32

/** The first 32 bits of the fractional parts of the square roots of the first 8 primes. */
const initial = Int32Array.from([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
])
/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const constants = Int32Array.from([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
])
/** The message schedule; its first 16 words are the block. */
const schedule = new Int32Array(64)
const digest = new Int32Array(8)
const plainBytes = new Uint8Array(512)

/** Computes SHA-256 of a text. PERF: the next call overwrites the words, because allocating them took as long as the hash. */
export function sha256Of(text: string): Words {
  hashInto(digest, initial, 0, text)
  return digest
}

/** Computes HMAC-SHA256 of a text. The next call overwrites the words. */
export function hmacOf({ inner, outer }: HmacKey, text: string): Words {
  hashInto(digest, inner, blockBytes, text)
  for (let i = 0; i < 8; i++) {
    schedule[i] = digest[i]!
    schedule[8 + i] = 0
    digest[i] = outer[i]!
  }
  schedule[8] = 1 << 31
  schedule[15] = 8 * (blockBytes + digestBytes)
  compress(digest)
  return digest
}

/** Prepares the key of an HMAC, to be used for many texts. */
export function hmacKeyOf(secret: string): HmacKey {
  const bytes = utf8ToBytes(secret)
  const key = new Int32Array(16)
  if (bytes.length > blockBytes) hashInto(key, initial, 0, secret)
  else for (let i = 0; i < bytes.length; i++) key[i >> 2]! |= bytes[i]! << (24 - 8 * (i & 3))
  return { inner: stateAfter(key, 0x36363636), outer: stateAfter(key, 0x5c5c5c5c) }
}

function stateAfter(key: Int32Array, pad: number): Words {
  for (let i = 0; i < 16; i++) schedule[i] = key[i]! ^ pad
  const state = initial.slice()
  compress(state)
  return state
}

/** Hashes a text that follows `before` bytes of whole blocks, after which the state was `from`. */
function hashInto(into: Words, from: Words, before: number, text: string): void {
  const isPlain = fillsPlainBytes(text)
  const bytes = isPlain ? plainBytes : utf8ToBytes(text)
  const length = isPlain ? text.length : bytes.length
  for (let i = 0; i < 8; i++) into[i] = from[i]!
  let at = 0
  for (; at + blockBytes <= length; at += blockBytes) {
    for (let i = 0; i < 16; i++) schedule[i] = wordAt(bytes, at + 4 * i)
    compress(into)
  }
  // The remaining bytes, the end bit and the length in bits may need one more block.
  const left = length - at
  for (let i = 0; i < 16; i++) schedule[i] = 0
  for (let i = 0; i < left; i++) schedule[i >> 2]! |= bytes[at + i]! << (24 - 8 * (i & 3))
  schedule[left >> 2]! |= 0x80 << (24 - 8 * (left & 3))
  if (left >= blockBytes - 8) {
    compress(into)
    for (let i = 0; i < 16; i++) schedule[i] = 0
  }
  const bits = 8 * (before + length)
  schedule[14] = bits / 0x100000000
  schedule[15] = bits
  compress(into)
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!

/** Copies a text to `plainBytes` if it is short and plain ASCII, as most are. PERF: a new array for each text took as long as the hash. */
function fillsPlainBytes(text: string): boolean {
  if (text.length > plainBytes.length) return false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return false
    plainBytes[i] = code
  }
  return true
}

/** Updates the state with the block in `schedule`. */
function compress(state: Words): void {
  for (let i = 16; i < 64; i++) {
    const w15 = schedule[i - 15]!
    const w2 = schedule[i - 2]!
    const s0 = ((w15 >>> 7) | (w15 << 25)) ^ ((w15 >>> 18) | (w15 << 14)) ^ (w15 >>> 3)
    const s1 = ((w2 >>> 17) | (w2 << 15)) ^ ((w2 >>> 19) | (w2 << 13)) ^ (w2 >>> 10)
    schedule[i] = (((schedule[i - 16]! + s0) | 0) + ((schedule[i - 7]! + s1) | 0)) | 0
  }
  let a = state[0]!
  let b = state[1]!
  let c = state[2]!
  let d = state[3]!
  let e = state[4]!
  let f = state[5]!
  let g = state[6]!
  let h = state[7]!
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const choice = g ^ (e & (f ^ g))
    const t1 = (((((h + s1) | 0) + choice) | 0) + ((constants[i]! + schedule[i]!) | 0)) | 0
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const majority = (a & b) ^ (c & (a ^ b))
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + ((s0 + majority) | 0)) | 0
  }
  state[0] = state[0]! + a
  state[1] = state[1]! + b
  state[2] = state[2]! + c
  state[3] = state[3]! + d
  state[4] = state[4]! + e
  state[5] = state[5]! + f
  state[6] = state[6]! + g
  state[7] = state[7]! + h
}
