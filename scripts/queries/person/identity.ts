import { birthOf, tokens } from '../../../operators/identity/tokens.ts'
import { identifiers } from '../../../operators/stitching/identity-stitching.ts'
import { persons } from '../../../operators/stitching/person-merging.ts'
import type { Edge, Member } from '../../../schemas/generated.ts'
import { topics } from '../../../schemas/topics.ts'
import { person } from '../../../state/person.ts'
import type { RowSet } from '../../../state/row-set.ts'
import { partitionOf } from '../../../topology/log/partitioner.ts'
import type { EpochRunner } from '../../../topology/replay/epoch-runner.ts'
import { UsageError } from '../../cli/errors.ts'

/** Who is known by a name: the person of now, and how its names came together. */
export interface PersonIdentity {
  readonly personId: string
  /** The person that was asked for, if it has merged since, and those on the way from it. */
  readonly was: readonly string[]
  /** All that merged into it. */
  readonly absorbed: readonly string[]
  readonly members: readonly Member[]
  /** What joined the members. */
  readonly links: readonly Edge[]
  /** Names of one person that wait for a verdict on a merge. */
  readonly offeredTo: string | null
}

/** The rows of a key as they were committed last. Only while nothing is folded. */
export async function rowsAt({ tasks }: EpochRunner, topic: string, key: string): Promise<RowSet> {
  const own = tasks.filter(task => task.topic.name === topic)
  const { rows } = own[partitionOf(key, own.length)]!
  await rows.prefetch([key])
  return rows.of(key)
}

/** Finds a person by an identifier, `type=value`, or by any id that it ever had. Throws UsageError when nobody is known so. */
export async function findPerson(epochs: EpochRunner, name: string, secret: string): Promise<PersonIdentity> {
  const asked = await firstPersonId(epochs, name, secret)
  const chain = [asked]
  let row = (await rowsAt(epochs, topics.identities.name, asked)).get(persons)
  while (row.to !== null) {
    chain.push(row.to)
    row = (await rowsAt(epochs, topics.identities.name, row.to)).get(persons)
  }
  const personId = chain.at(-1)!
  const { absorbed } = (await rowsAt(epochs, topics.people.name, personId)).get(person)
  // Who never met another has no row: it is the identifier that it was born of.
  const born = { ...birthOf(personId), at: 0 }
  const members = row.members.length > 0 ? row.members : [born]
  return { personId, was: chain.slice(0, -1), absorbed, members, links: row.edges, offeredTo: row.offer }
}

async function firstPersonId(epochs: EpochRunner, name: string, secret: string): Promise<string> {
  const at = name.indexOf('=')
  if (at > 0) {
    const identifier = { type: name.slice(0, at), value: name.slice(at + 1) }
    const { token } = tokens(secret)(identifier)
    const { personId } = (await rowsAt(epochs, topics.identities.name, token)).get(identifiers)
    if (personId === '') throw new UsageError(`nobody was ever seen with ${name}`)
    return personId
  }
  if (!name.startsWith('p.'))
    throw new UsageError(
      `'${name}' is neither an identifier, such as email_hash=abc, nor the id of a person, such as p.…`,
    )
  const known = [topics.identities.name, topics.people.name].map(topic => rowsAt(epochs, topic, name))
  if ((await Promise.all(known)).every(rows => rows.rows().length === 0))
    throw new UsageError(`there is no person '${name}'`)
  return name
}
