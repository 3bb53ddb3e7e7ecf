import type { Decision } from '../../schemas/generated.ts'
import { headerLength } from '../../schemas/wire.ts'
import { sha256 } from './hashes.ts'
import type { DecisionRef, Findings } from './report.ts'

/** Two empty texts in Avro: the hashes at the end of a decision before it is chained. */
const unchained = Uint8Array.of(0, 0)

/** Checks the hash chain of one partition's decisions. Each hash covers the previous hash and the decision itself. */
export class Chain {
  #last = ''

  /** Checks the next decision of the partition by its bytes, which any version of the schema may have written. */
  check(decision: Decision, bytes: Uint8Array, where: DecisionRef, findings: Findings): void {
    const { previousHash, hash } = decision.provenance
    findings.check('chain', where, this.#breach(bytes, previousHash, hash))
    this.#last = hash
  }

  #breach(bytes: Uint8Array, previousHash: string, hash: string): string | null {
    if (previousHash !== this.#last)
      return `names ${previousHash || 'nothing'} as the hash before it, the log has ${this.#last || 'nothing'}`
    const bare = bytes.subarray(headerLength, bytes.length - lengthOf(previousHash) - lengthOf(hash))
    const own = sha256(previousHash, bare, unchained)
    return own === hash ? null : `states the hash ${hash}, its content has ${own}`
  }
}

/** Returns how many bytes a text takes in Avro: its length, in one byte or more, and its UTF-8. */
function lengthOf(text: string): number {
  const size = Buffer.byteLength(text)
  let bytes = size + 1
  for (let rest = 2 * size; rest >= 0x80; rest >>>= 7) bytes++
  return bytes
}
