import { UnreadableConsent } from '../../schemas/generated.ts'
import { unreadableConsent } from '../../schemas/json/unreadable-consent.ts'
import type { Topic } from '../../schemas/record.ts'

/** How to read what can still be read of unusable records, by the schema of what that gives. */
const readers = new Map<unknown, (bytes: Uint8Array) => unknown>([[UnreadableConsent, unreadableConsent]])

/** Reads what can still be read of an unusable record of an input topic; null where that is nothing. */
export function salvageIn(topic: Topic, bytes: Uint8Array): { readonly name: string; readonly value: unknown } | null {
  for (const [name, { schema, isSalvage }] of Object.entries(topic.types)) {
    const value = isSalvage ? (readers.get(schema)?.(bytes) ?? null) : null
    if (value !== null) return { name, value }
  }
  return null
}
