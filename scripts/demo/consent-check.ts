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
import type { HistoryRunner } from '../../topology/replay/history-runner.ts'

/**
 * Checks whether a send is still allowed at `now`, by the person's consent and the release with its stops. Returns
 * `allowed`, or a stable code that says why not. To be called only while nothing is folded.
 */
export async function guardDelivery(runner: HistoryRunner, send: Send, now: Time): Promise<string> {
  const { rows, partition } = await rowsOf(runner, send.personId)
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

/** The rows of a person and of its partition. */
interface PersonRows {
  readonly rows: RowSet
  /** The rows of the partition in which the person is now. */
  readonly partition: RowSet
}

/** Reads the rows of a person after all of its merges. */
async function rowsOf({ tasks }: HistoryRunner, personId: string): Promise<PersonRows> {
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
