import { sha256 } from '@noble/hashes/sha2.js'
import { utf8 } from './utf8.ts'

const fresh = sha256.create()
const scratch = sha256.create()
const digest = new Uint8Array(sha256.outputLen)

/** SHA-256 of a text. The bytes are overwritten by the next call: every event needs one, and making room for it cost as much. */
export function sha256Of(text: string): Uint8Array {
  fresh._cloneInto(scratch).update(utf8(text)).digestInto(digest)
  return digest
}
