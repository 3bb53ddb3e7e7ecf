import type { Reward } from '../../schemas/generated.ts'
import type { LogPosition } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { decodeValue } from '../../schemas/wire.ts'
import type { Log } from '../../topology/log/log.ts'
import { recordsOf } from '../../topology/log/log-reader.ts'
import type { Contact } from './fatigue.ts'
import type { Findings } from './report.ts'

interface Claim {
  readonly reward: Reward
  readonly position: LogPosition
  /** What it claims to answer, and whose it was when it was made; null while none has turned up. */
  found: { readonly contact: Contact; readonly personId: string } | null
}

/** The rewards of a log, by the contact that they claim to answer, until the contact turns up. */
export class Claims {
  readonly #claims = new Map<string, Claim[]>()

  static async read(log: Log): Promise<Claims> {
    const claims = new Claims()
    for await (const { value, partition, offset } of recordsOf(log, topics.rewards.name)) {
      const reward = decodeValue(topics.rewards.types.reward, value)
      const position = { topic: topics.rewards.name, partition, offset }
      const claim = { reward, position, found: null }
      claims.#claims.set(reward.decisionId, [...(claims.#claims.get(reward.decisionId) ?? []), claim])
    }
    return claims
  }

  /** A contact was made: perhaps one that a reward names. */
  contact(contact: Contact, personId: string): void {
    for (const claim of this.#claims.get(contact.id) ?? []) claim.found = { contact, personId }
  }

  /** Judges every reward, once all contacts are known; persons by who they became. */
  close(findings: Findings, became: (personId: string) => string): void {
    for (const claims of this.#claims.values())
      for (const claim of claims)
        findings.check('rewards', { ...claim, decisionId: claim.reward.decisionId }, breachOf(claim, became))
  }
}

function breachOf({ reward, found }: Claim, became: (personId: string) => string): string | null {
  if (!found) return 'it answers no send and no exposure'
  const { contact, personId } = found
  if (reward.actionId !== contact.action.id)
    return `it rewards ${reward.actionId}, the contact was ${contact.action.id}`
  if (reward.imported !== contact.imported) return 'it takes a send for an exposure, or an exposure for a send'
  if (reward.at < contact.at) return 'it came before the contact'
  return became(personId) === became(reward.personId) ? null : `the contact was ${personId}'s, not ${reward.personId}'s`
}
