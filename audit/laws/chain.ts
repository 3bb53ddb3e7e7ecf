import { Decision } from '../../schemas/generated.ts'
import { sha256 } from './hashes.ts'
import type { DecisionRef, Findings } from './report.ts'

/** Checks the hash chain of one partition's decisions. Each hash covers the previous hash and the decision itself. */
export class Chain {
  #last = ''

  /** Checks the next decision of the partition. */
  check(decision: Decision, where: DecisionRef, findings: Findings): void {
    const { previousHash, hash } = decision.provenance
    findings.check('chain', where, this.#breach(decision, previousHash, hash))
    this.#last = hash
  }

  #breach(decision: Decision, previousHash: string, hash: string): string | null {
    if (previousHash !== this.#last)
      return `names ${previousHash || 'nothing'} as the hash before it, the log has ${this.#last || 'nothing'}`
    const bare = { ...decision, provenance: { ...decision.provenance, previousHash: '', hash: '' } }
    const own = sha256(previousHash, Decision.encode(bare))
    return own === hash ? null : `states the hash ${hash}, its content has ${own}`
  }
}
