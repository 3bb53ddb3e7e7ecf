import type { Grant } from '../../connectors/kafka/acls.ts'
import type { Change } from './change.ts'
import { deploymentTopic, type Part, type Wanted } from './deployment.ts'

/** Roles that work with an application; each gets only the rights that it needs. */
export const roles = ['worker', 'producer', 'releaser', 'channel', 'subscriber', 'deployer'] as const
export type Role = (typeof roles)[number]

/** The purpose of each role. */
export const rolePurposes: Readonly<Record<Role, string>> = {
  worker: 'joai run',
  producer: "the company's systems: they write what happens",
  releaser: 'joai release and joai stop',
  channel: 'delivers sends, and says what became of them',
  subscriber: 'reads decisions: channel teams, audit, data science',
  deployer: 'joai apply',
}

type Right = Omit<Grant, 'principal'>

/** Returns the rights that a role needs on the cluster. */
export const rightsOf = (role: Role, wanted: Wanted): Right[] =>
  rightsByName(role, wanted).map(right =>
    right.on === 'cluster' || isForeign(right, wanted) ? right : { ...right, name: wanted.prefix + right.name },
  )

const isForeign = ({ on, name }: Right, { topics }: Wanted): boolean =>
  on === 'topic' && topics.get(name)?.part === 'foreign'

function rightsByName(role: Role, { app, topics }: Wanted): Right[] {
  const of = (...parts: readonly Part[]) =>
    [...topics].filter(([, { part }]) => parts.includes(part)).map(([name]) => name)
  const outside = of('input').filter(name => name !== 'control')
  const sends = of('public').filter(name => name.startsWith('sends.'))
  switch (role) {
    case 'worker':
      return [
        ...[...topics.keys(), deploymentTopic].flatMap(may('read', 'describe')),
        ...[...of('internal', 'public', 'changelog'), ...outside.filter(name => name === 'ticks')].flatMap(
          may('write'),
        ),
        { operation: 'read', on: 'group', name: app, prefix: false },
        { operation: 'write', on: 'transactional-id', name: `${app}.`, prefix: true },
        { operation: 'describe', on: 'transactional-id', name: `${app}.`, prefix: true },
      ]
    case 'producer':
      return outside.filter(name => name !== 'ticks').flatMap(may('write', 'describe'))
    case 'releaser':
      return [
        ...['control'].filter(name => topics.has(name)).flatMap(may('read', 'write', 'describe', 'describe-configs')),
        // `joai release` waits for the copies of its record there, and until they are folded.
        ...of('internal').flatMap(may('read', 'describe', 'describe-configs')),
        { operation: 'describe', on: 'group', name: app, prefix: false },
        // It checks that what the release brings is not too large for a topic.
        ...of('public', 'changelog').flatMap(may('describe', 'describe-configs')),
      ]
    case 'channel':
      return [
        ...sends.flatMap(may('read', 'describe')),
        ...outside.filter(name => name === 'receipts').flatMap(may('write', 'describe')),
        { operation: 'read', on: 'group', name: `${app}.channel.`, prefix: true },
      ]
    case 'subscriber':
      return [
        ...of('public').flatMap(may('read', 'describe')),
        { operation: 'read', on: 'group', name: `${app}.subscriber.`, prefix: true },
      ]
    case 'deployer':
      return (
        [
          ...(['create', 'describe', 'describe-configs', 'alter'] as const).map(
            (operation): Right => ({ operation, on: 'cluster', name: 'kafka-cluster', prefix: false }),
          ),
          ...of('input', 'internal', 'public', 'changelog'),
        ]
          .flatMap(right =>
            typeof right === 'string'
              ? may('describe', 'alter', 'alter-configs', 'describe-configs', 'delete')(right)
              : [right],
          )
          .concat(may('read', 'write', 'describe', 'describe-configs', 'alter-configs')(deploymentTopic))
          .concat(of('foreign').flatMap(may('describe', 'describe-configs')))
          // To see where tasks stand, and to let one that stopped go on.
          .concat([...topics.keys()].flatMap(may('read')), of('changelog').flatMap(may('write')))
          .concat([
            { operation: 'read', on: 'group', name: app, prefix: false },
            { operation: 'describe', on: 'group', name: app, prefix: false },
            { operation: 'delete', on: 'group', name: app, prefix: false },
            { operation: 'write', on: 'transactional-id', name: `${app}.`, prefix: true },
            { operation: 'describe', on: 'transactional-id', name: `${app}.`, prefix: true },
          ])
      )
  }
}

const may =
  (...operations: readonly Grant['operation'][]) =>
  (name: string): Right[] =>
    operations.map(operation => ({ operation, on: 'topic', name, prefix: false }))

/** Returns the rights that principals do not have yet; none on a cluster that does not check rights. */
export function missingGrants(
  wanted: Wanted,
  principals: ReadonlyMap<Role, string>,
  given: readonly Grant[] | null,
): Grant[] {
  if (given === null) return []
  const there = new Set(given.map(keyOf))
  return [...principals]
    .flatMap(([role, principal]) => rightsOf(role, wanted).map(right => ({ principal, ...right })))
    .filter(grant => !there.has(keyOf(grant)))
}

/** Describes the rights to grant, one change per principal and resource. */
export function rightChanges(grants: readonly Grant[]): Change[] {
  const lines = new Map<string, string[]>()
  for (const { principal, operation, on, name, prefix } of grants) {
    const key = `${principal}\u0000${on} ${name}${prefix ? '*' : ''}`
    lines.set(key, [...(lines.get(key) ?? []), operation])
  }
  return [...lines].map(([key, operations]) => {
    const [name, resource] = key.split('\u0000')
    return { what: 'right', name: name!, words: `${operations.join(', ')} on ${resource}` }
  })
}

const keyOf = ({ principal, operation, on, name, prefix }: Grant): string =>
  [principal, operation, on, name, prefix].join('\u0000')
