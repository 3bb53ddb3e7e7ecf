import type { TopicPartition } from '../../topology/log/log.ts'

/** A process that takes part in the work, and what it has so far. */
export interface GroupMember {
  readonly id: string
  readonly owned: readonly TopicPartition[]
}

/** What goes to one member as a whole: the partitions of equal number, of topics that have equally many. */
interface Unit {
  readonly partitions: readonly TopicPartition[]
  readonly owner: string | null
}

const textOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

/**
 * Shares the partitions of all topics among the members: evenly; a member keeps what it has, as far as that is even;
 * and partitions of equal number go together, so that a person's way from log to log stays in few processes. The same
 * members and topics give the same answer, in whatever order they come.
 */
export function assignment(
  members: readonly GroupMember[],
  topics: ReadonlyMap<string, number>,
): ReadonlyMap<string, TopicPartition[]> {
  const ids = members.map(({ id }) => id).sort()
  const shares = new Map<string, TopicPartition[]>(ids.map(id => [id, []]))
  // The biggest units first: what is small evens out what they leave uneven.
  for (const units of unitsOf(members, topics)) deal(units, ids, shares)
  return shares
}

/** The units by kind: of one kind are as many as their topics have partitions. A topic of one partition is its own kind. */
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

/** Who has most of it; of several the first. */
function mostly(owners: readonly (string | undefined)[]): string | null {
  const counts = new Map<string, number>()
  for (const owner of owners) if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  const [most] = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
  return most?.[0] ?? null
}

/** Nobody gets two units more than another; who has some keeps them, the least laden get the rest. */
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
