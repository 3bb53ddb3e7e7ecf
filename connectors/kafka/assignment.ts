import type { TopicPartition } from '../../topology/log/log.ts'

/** A process of the group, and the partitions it has so far. */
export interface GroupMember {
  readonly id: string
  readonly owned: readonly TopicPartition[]
}

/** Partitions that go to one member together: those of equal number, of topics with equally many partitions. */
interface Unit {
  readonly partitions: readonly TopicPartition[]
  readonly owner: string | null
}

const textOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

/**
 * Assigns the partitions of all topics to the members, evenly. A member keeps its partitions as far as that stays even.
 * Partitions of equal number go together, so that a person's records stay in few processes from log to log. The result does
 * not depend on the order of members and topics.
 */
export function assignPartitions(
  members: readonly GroupMember[],
  topics: ReadonlyMap<string, number>,
): ReadonlyMap<string, TopicPartition[]> {
  const ids = members.map(({ id }) => id).sort()
  const shares = new Map<string, TopicPartition[]>(ids.map(id => [id, []]))
  // The biggest units come first, so that small ones can even out the rest.
  for (const units of unitsOf(members, topics)) deal(units, ids, shares)
  return shares
}

/** Groups units by kind. Topics with equally many partitions form a kind; a topic with one partition is a kind of its own. */
function unitsOf(members: readonly GroupMember[], topics: ReadonlyMap<string, number>): Unit[][] {
  const owners = new Map<string, string>()
  for (const { id, owned } of [...members].sort((a, b) => (a.id < b.id ? -1 : 1)))
    for (const one of owned) if (!owners.has(textOf(one))) owners.set(textOf(one), id)
  const kinds = new Map<string, { readonly count: number; readonly names: string[] }>()
  for (const [topic, count] of [...topics].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = count === 1 ? topic : String(count)
    const kind = kinds.get(name) ?? { count, names: [] }
    kinds.set(name, kind)
    kind.names.push(topic)
  }
  return [...kinds.values()]
    .sort((a, b) => b.names.length - a.names.length || b.count - a.count)
    .map(({ count, names }) =>
      Array.from({ length: count }, (_, partition) => {
        const partitions = names.map(topic => ({ topic, partition }))
        return { partitions, owner: mostly(partitions.map(one => owners.get(textOf(one)))) }
      }),
    )
}

/** Returns the owner of most of these partitions; of several, the first by id. */
function mostly(owners: readonly (string | undefined)[]): string | null {
  const counts = new Map<string, number>()
  for (const owner of owners) if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  const [most] = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
  return most?.[0] ?? null
}

/** Assigns units so that no member gets two more than another. Owners keep theirs where possible; the rest goes to the members with the fewest partitions. */
function deal(units: readonly Unit[], ids: readonly string[], shares: Map<string, TopicPartition[]>): void {
  const least = Math.floor(units.length / ids.length)
  let extras = units.length % ids.length
  const counts = new Map(ids.map(id => [id, 0]))
  const take = (unit: Unit, id: string) => {
    const count = counts.get(id)!
    if (count >= least) extras--
    counts.set(id, count + 1)
    shares.get(id)!.push(...unit.partitions)
  }
  const hasRoom = (id: string) => counts.get(id)! < least || (counts.get(id) === least && extras > 0)
  const left = units.filter(unit => {
    const keeps = unit.owner !== null && counts.has(unit.owner) && hasRoom(unit.owner)
    if (keeps) take(unit, unit.owner!)
    return !keeps
  })
  for (const unit of left) {
    const load = (id: string) => shares.get(id)!.length
    const [lightest] = ids.filter(hasRoom).sort((a, b) => load(a) - load(b) || (a < b ? -1 : 1))
    take(unit, lightest!)
  }
}
