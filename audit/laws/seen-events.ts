import type { PersonEvent } from '../../schemas/generated.ts'
import { days } from '../../schemas/record.ts'
import { eventKind, shortHash } from './hashes.ts'
import type { ActiveRelease } from './releases.ts'

/** The names of a person's events, each followed by the latest time at which it counted. PERF: 16 bytes an event. */
export type SeenEvents = readonly number[]

/** The time within which a repeated event is a duplicate before the first release. */
const dedupDefaultMs = days(30)
/** Records of one person can come this much out of order, so names are kept for longer than they count. */
const keptLongerMs = days(1)

const dedupOf = (active: ActiveRelease | null): number => active?.release.dedupMs ?? dedupDefaultMs

/** Returns what is seen after this event; null where the person has had it within the release's `dedup`. */
export function withEvent(
  seen: SeenEvents,
  event: PersonEvent,
  receivedAt: number,
  active: ActiveRelease | null,
): SeenEvents | null {
  const name = shortHash(JSON.stringify([eventKind(event), event.source, event.eventId]))
  const since = receivedAt - dedupOf(active)
  const next: number[] = []
  for (let i = 0; i < seen.length; i += 2) {
    const [other, at] = [seen[i]!, seen[i + 1]!]
    if (other === name && at > since) return null
    if (other !== name && at > since - keptLongerMs) next.push(other, at)
  }
  next.push(name, receivedAt)
  return newestNames(next)
}

/** The most events that the engine remembers of a person. It may remember fewer, as receipts count too. */
const namesMax = 10_000

function newestNames(seen: SeenEvents): SeenEvents {
  if (seen.length <= 2 * namesMax) return seen
  const times = Array.from({ length: seen.length / 2 }, (_, n) => [seen[2 * n]!, seen[2 * n + 1]!] as const)
  return times
    .sort(([, a], [, b]) => a - b)
    .slice(-namesMax)
    .flat()
}

/** Returns what two merged persons have seen; of two times the later one counts. */
export function mergeSeen(a: SeenEvents, b: SeenEvents): SeenEvents {
  const times = new Map<number, number>()
  for (const seen of [a, b])
    for (let i = 0; i < seen.length; i += 2)
      times.set(seen[i]!, Math.max(seen[i + 1]!, times.get(seen[i]!) ?? Number.NEGATIVE_INFINITY))
  return [...times].flat()
}
