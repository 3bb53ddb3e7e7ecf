import { originalIdentifier, tokens } from '../../../operators/identity/tokens.ts'
import { identifiers } from '../../../operators/stitching/identity-stitching.ts'
import { persons } from '../../../operators/stitching/person-merging.ts'
import type { Edge, Member } from '../../../schemas/generated.ts'
import { topics } from '../../../schemas/topics.ts'
import { person } from '../../../state/person.ts'
import type { RowSet } from '../../../state/row-set.ts'
import { partitionOf } from '../../../topology/log/partitioner.ts'
import type { HistoryRunner } from '../../../topology/replay/history-runner.ts'
import { UsageError } from '../../cli/errors.ts'

/** The current person of an identifier or id, with its identifiers and the links that joined them. */
export interface PersonIdentity {
  readonly personId: string
  /** The requested person, where it has merged since, and the persons between it and the current one. */
  readonly was: readonly string[]
  /** The persons that merged into it. */
  readonly absorbed: readonly string[]
  readonly members: readonly Member[]
  /** The links that joined the members. */
  readonly links: readonly Edge[]
  /** The person to which a merge is offered and not decided yet. */
  readonly offeredTo: string | null
}

/** Reads the rows of a key as they were committed last. To be called only while nothing is folded. */
export async function rowsAt({ tasks }: HistoryRunner, topic: string, key: string): Promise<RowSet> {
  const own = tasks.filter(task => task.topic.name === topic)
  const { rows } = own[partitionOf(key, own.length)]!
  await rows.prefetch([key])
  return rows.of(key)
}

/** Finds a person by an identifier, `type=value`, or by any id that it ever had. Throws UsageError where there is none. */
export async function findPerson(runner: HistoryRunner, name: string, secret: string): Promise<PersonIdentity> {
  const asked = await firstPersonId(runner, name, secret)
  const chain = [asked]
  let row = (await rowsAt(runner, topics.identities.name, asked)).get(persons)
  while (row.to !== null) {
    chain.push(row.to)
    row = (await rowsAt(runner, topics.identities.name, row.to)).get(persons)
  }
  const personId = chain.at(-1)!
  const { absorbed } = (await rowsAt(runner, topics.people.name, personId)).get(person)
  // A person that never merged has no row: its only member is the identifier that its id is derived from.
  const original = { ...originalIdentifier(personId), at: 0 }
  const members = row.members.length > 0 ? row.members : [original]
  return { personId, was: chain.slice(0, -1), absorbed, members, links: row.edges, offeredTo: row.offer }
}

async function firstPersonId(runner: HistoryRunner, name: string, secret: string): Promise<string> {
  const at = name.indexOf('=')
  if (at > 0) {
    const identifier = { type: name.slice(0, at), value: name.slice(at + 1) }
    const { token, phone, folded } = tokens(secret)(identifier)
    // Whether the release folds this type or not, the value is known by one of its tokens at most.
    for (const known of [token, phone, folded].filter(one => one !== '')) {
      const { personId } = (await rowsAt(runner, topics.identities.name, known)).get(identifiers)
      if (personId !== '') return personId
    }
    throw new UsageError(`nobody was ever seen with ${name}`)
  }
  if (!name.startsWith('p.'))
    throw new UsageError(
      `'${name}' is neither an identifier, such as email_hash=abc, nor the id of a person, such as p.…`,
    )
  const known = [topics.identities.name, topics.people.name].map(topic => rowsAt(runner, topic, name))
  if ((await Promise.all(known)).every(rows => rows.rows().length === 0))
    throw new UsageError(`there is no person '${name}'`)
  return name
}
