import type { Grant } from '../../connectors/kafka/acls.ts'
import type { Planned } from './apply.ts'
import type { Change } from './change.ts'
import type { Wanted } from './deployment.ts'
import { rightsOf, rolePurposes, roles } from './rights.ts'

/** Formats changes, one per line; `!` marks those that need `--allow` or are impossible. */
export function formatChanges(changes: readonly Change[]): string[] {
  return changes.map(({ what, name, words, allow, impossible }) => {
    const mark = allow !== undefined || impossible ? '!' : '·'
    const needs = allow === undefined ? '' : `  [--allow ${allow}]`
    return `${mark} ${what.padEnd(11)} ${name}  ${words}${needs}`
  })
}

/** Formats the rights that each role needs, for the people who grant them. */
export function formatRights(wanted: Wanted): string[] {
  return roles.flatMap(role => {
    const byOperations = new Map<string, string[]>()
    for (const [resource, operations] of grouped(rightsOf(role, wanted)))
      byOperations.set(operations, [...(byOperations.get(operations) ?? []), resource])
    const lines = [...byOperations].map(([operations, resources]) => `    ${operations}: ${resources.join(' ')}`)
    return [`  ${role} (${rolePurposes[role]})`, ...lines]
  })
}

function grouped(rights: readonly Omit<Grant, 'principal'>[]): ReadonlyMap<string, string> {
  const resources = new Map<string, string[]>()
  for (const { operation, on, name, prefix } of rights) {
    const resource = `${on === 'topic' ? '' : `${on}:`}${name}${prefix ? '*' : ''}`
    resources.set(resource, [...(resources.get(resource) ?? []), operation])
  }
  return new Map([...resources].map(([resource, operations]) => [resource, operations.join(', ')]))
}

/** Formats the deployment that a plan was compared with. */
export const formatComparison = ({ deployed, wanted }: Planned): string =>
  deployed === null
    ? `'${wanted.app}' is not deployed here.`
    : `'${wanted.app}' is deployed: ${deployed.kind}, generation ${deployed.generation}, topology ${deployed.topologyVersion}.`
