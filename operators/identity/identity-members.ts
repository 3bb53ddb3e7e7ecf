import type { Edge, Member } from '../../schemas/generated.ts'
import { compareText } from '../lists/compare.ts'
import type { IdentifierRules } from './identifier-rules.ts'
import { originalIdentifier } from './tokens.ts'

/**
 * Merges the identifiers of two persons by token, keeping the latest sighting. A person without recorded identifiers has
 * the one its id is derived from.
 */
export function membersWith(
  personId: string,
  own: readonly Member[],
  coming: readonly Member[],
  edges: readonly Edge[],
  at: number,
): readonly Member[] {
  const members = new Map<string, Member>()
  for (const member of [...(own.length > 0 ? own : [{ ...originalIdentifier(personId), at }]), ...coming]) {
    const known = members.get(member.token)
    if (!known || known.at < member.at) members.set(member.token, member)
  }
  for (const edge of edges) {
    touch(members, edge.from, edge.at)
    touch(members, edge.to, edge.at)
  }
  return [...members.values()].sort((a, b) => compareText(a.token, b.token))
}

function touch(members: Map<string, Member>, token: string, at: number) {
  const member = members.get(token)
  if (member && member.at < at) members.set(token, { ...member, at })
}

/** Adds edges, keeping only the first edge for each pair of identifiers. */
export function withEdges(known: readonly Edge[], coming: readonly Edge[]): readonly Edge[] {
  const pairs = new Set(known.map(pairOf))
  const edges = [...known]
  for (const edge of coming) {
    if (!pairs.has(pairOf(edge))) edges.push(edge)
    pairs.add(pairOf(edge))
  }
  return edges.length === known.length ? known : edges
}

const pairOf = ({ from, to }: Edge): string => (from < to ? `${from} ${to}` : `${to} ${from}`)

/** Returns the limit that these identifiers of one person exceed, as `limit:<type>`; null when they exceed none. */
export function exceededLimit(members: readonly Member[], rules: IdentifierRules | null, at: number): string | null {
  for (const { type, limit, windowMs } of rules?.types ?? []) {
    const since = windowMs === null ? Number.NEGATIVE_INFINITY : at - windowMs
    const count = members.filter(member => member.type === type && member.at > since).length
    if (count > limit) return `limit:${type}`
  }
  return null
}
