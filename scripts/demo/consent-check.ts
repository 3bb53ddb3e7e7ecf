import { consentFound } from '../../operators/consent/consent-state.ts'
import { localeOf } from '../../operators/consent/locale.ts'
import { release } from '../../operators/deciding/active-release.ts'
import { consents } from '../../operators/deciding/consent-join.ts'
import { features } from '../../operators/deciding/windowed-features.ts'
import { compiled } from '../../operators/release/compiled/compiled-release.ts'
import type { Send } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { person } from '../../state/person.ts'
import type { RowSet } from '../../state/row-set.ts'
import { partitionOf } from '../../topology/log/partitioner.ts'
import type { EpochRunner } from '../../topology/replay/epoch-runner.ts'

/**
 * Whether a send may still go out by what deciding knows at `now`: the person's own word, and the release with its stops.
 * `allowed`, or a stable code that says why not. To be asked while nothing is folded.
 */
export async function mayStillSend(epochs: EpochRunner, send: Send, now: Time): Promise<string> {
  const { rows, partition } = await rowsOf(epochs, send.personId)
  const row = partition.get(release)
  const active = compiled(row)
  if (!active) return 'no-release'
  if (row.stopped.includes(send.actionId)) return 'action-stopped'
  const { jurisdiction } = localeOf(active, rows.get(features), now)
  const { allowed, state } = consentFound(rows.get(consents).records, send, {
    policy: active.release.consent,
    jurisdiction,
    now,
  })
  return allowed ? 'allowed' : `consent-${state}`
}

interface PersonRows {
  readonly rows: RowSet
  /** Of the partition in which the person is now. */
  readonly partition: RowSet
}

/** The rows of a person, where merges have taken them. */
async function rowsOf({ tasks }: EpochRunner, personId: string): Promise<PersonRows> {
  const deciding = tasks.filter(({ topic }) => topic.name === topics.people.name)
  for (let key = personId; ; ) {
    const { rows } = deciding[partitionOf(key, deciding.length)]!
    await rows.prefetch([key])
    const own = rows.of(key)
    const { to } = own.get(person)
    if (to === null) return { rows: own, partition: rows.partition }
    key = to
  }
}
