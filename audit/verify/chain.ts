import { Decision } from '../../schemas/generated.ts'
import { sha256 } from './hashes.ts'
import type { Findings, Where } from './report.ts'

/** Follows the chain of one partition's decisions: each hash covers the one before and the decision itself. */
export class Chain {
  #last = ''

  check(decision: Decision, where: Where, findings: Findings): void {
    const { previousHash, hash } = decision.provenance
    findings.check('chain', where, this.#breach(decision, previousHash, hash))
    this.#last = hash
  }

  #breach(decision: Decision, previousHash: string, hash: string): string | null {
    if (previousHash !== this.#last)
      return `follows ${previousHash || 'nothing'}, but ${this.#last || 'nothing'} is before it`
    const bare = { ...decision, provenance: { ...decision.provenance, previousHash: '', hash: '' } }
    const own = sha256(previousHash, Decision.encode(bare))
    return own === hash ? null : `says its hash is ${hash}, but what it says has ${own}`
  }
}
