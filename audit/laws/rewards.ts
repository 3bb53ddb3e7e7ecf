import type { Reward } from '../../schemas/generated.ts'
import type { LogPosition } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { decodeValue } from '../../schemas/wire.ts'
import { topicRecords } from '../../topology/log/log-reader.ts'
import type { Contact } from './contact-limits.ts'
import type { Extent } from './extent.ts'
import type { Findings } from './report.ts'

/** A reward, and the contact that it answers. */
interface PendingReward {
  readonly reward: Reward
  readonly position: LogPosition
  /** The contact that it names, and the person of that contact; null until the contact is read. */
  found: { readonly contact: Contact; readonly personId: string } | null
}

/** The rewards of a log, waiting for the contacts that they name. */
export class PendingRewards {
  readonly #rewards = new Map<string, PendingReward[]>()

  /** Reads all rewards of a log. */
  static async read(extent: Extent): Promise<PendingRewards> {
    const pending = new PendingRewards()
    for await (const { value, partition, offset, cause } of topicRecords(extent.log, topics.rewards.name)) {
      if (extent.isUnderWay(cause)) continue
      const reward = decodeValue(topics.rewards.types.reward, value)
      const position = { topic: topics.rewards.name, partition, offset }
      const one = { reward, position, found: null }
      pending.#rewards.set(reward.decisionId, [...(pending.#rewards.get(reward.decisionId) ?? []), one])
    }
    return pending
  }

  /** Matches a contact with the rewards that name it. */
  matchContact(contact: Contact, personId: string): void {
    for (const reward of this.#rewards.get(contact.id) ?? []) reward.found = { contact, personId }
  }

  /** Checks every reward, once all contacts are matched. `resolve` follows merges of persons. */
  checkAll(findings: Findings, resolve: (personId: string) => string): void {
    for (const rewards of this.#rewards.values())
      for (const pending of rewards)
        findings.check('rewards', { ...pending, decisionId: pending.reward.decisionId }, breachOf(pending, resolve))
  }
}

function breachOf({ reward, found }: PendingReward, resolve: (personId: string) => string): string | null {
  if (!found) return 'it names no send and no exposure'
  const { contact, personId } = found
  if (reward.actionId !== contact.action.id)
    return `it rewards ${reward.actionId}, the contact was ${contact.action.id}`
  if (reward.imported !== contact.imported) return 'it takes a send for an exposure, or an exposure for a send'
  if (reward.at < contact.at) return 'it came before the contact'
  return resolve(personId) === resolve(reward.personId)
    ? null
    : `the contact was ${personId}'s, not ${reward.personId}'s`
}
