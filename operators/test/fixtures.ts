import type { Schema } from '../../schemas/codec/schema.ts'
import { type EventData, type EventType, eventTypes } from '../../schemas/event-data.ts'
import type { PersonEvent, ReleaseRow } from '../../schemas/generated.ts'
import type { StreamRecord, Time } from '../../schemas/record.ts'
import { isShared, type Table } from '../../state/table.ts'
import type { RowsOf } from '../operator.ts'
import { canonicalJson, releaseHash } from '../release/canonical.ts'
import type { Action, Feature, Release } from '../release/release.ts'
import { partOf, type RuleScope } from '../release/rules/scope-parts.ts'

const release: Release = {
  release: 'test',
  version: 1,
  seed: 'seed',
  person: { jurisdiction: 'US', country: 'US', timeZone: null, jurisdictionFeature: null, timeZoneFeature: null },
  dedupMs: 30 * 86_400_000,
  graceMs: 2 * 86_400_000,
  identifiers: { types: [], blocked: [] },
  consent: { regimes: {}, exemptPurposes: [] },
  triggers: [],
  features: [],
  groups: [],
  actions: [],
  caps: [],
  budget: null,
  quietHours: [],
  suppressions: [],
  models: [{ id: 'model', version: 1, prior: { alpha: 1, beta: 1 }, groups: {}, actions: {} }],
  exploration: { algorithm: 'epsilon-greedy', epsilon: 0.1, floor: 0.01, model: 'model' },
}

/** For tests of operators: the row of a partition that accepted a release, empty but for what the test needs. */
export function releaseRow(parts: Partial<Release>): ReleaseRow {
  const document = canonicalJson({ ...release, ...parts })
  return { document, hash: releaseHash(document), stopped: [] }
}

/** For tests: the row of a partition before its first release. */
export const noRelease: ReleaseRow = { document: '', hash: '', stopped: [] }

/** For tests: a feature, with nulls where the test says nothing. */
export const feature = (parts: Partial<Feature> & Pick<Feature, 'name' | 'kind'>): Feature => ({
  event: 'order_completed',
  field: null,
  windowMs: null,
  where: null,
  q: null,
  halfLifeMs: null,
  type: 'number',
  ...parts,
})

/** For tests: an action without rules, of value 1. */
export const action = (parts: Partial<Action> & Pick<Action, 'id' | 'purpose' | 'treatments'>): Action => ({
  group: null,
  eligibility: [],
  applicability: [],
  suitability: [],
  tags: [],
  placement: null,
  mandatory: false,
  validFromMs: null,
  validToMs: null,
  context: '1.0',
  value: '1.0',
  lever: 1,
  cost: 0,
  expiresAfterMs: null,
  unsupported: null,
  ...parts,
})

/** For tests: an event at person `p`, with the fields that the test gives; Avro fills in what has a default. */
export function personEvent<T extends EventType>(
  type: T,
  data: Partial<EventData<T>>,
  { eventId, occurredAt }: { readonly eventId: string; readonly occurredAt: Time },
): PersonEvent {
  const schema = eventTypes[type] as unknown as Schema<unknown>
  const origin = { topic: 'events', partition: 0, offset: 0 }
  const named = { personId: 'p', identifiedBy: '', source: 'test', eventId, type }
  return { ...named, occurredAt, origin, payload: schema.encode(data), schema: '' }
}

/** For tests: the scope of a rule, with these values where the test gives any. */
export const ruleScope = ({
  event = partOf('event', {}),
  ...parts
}: {
  readonly event?: RuleScope['event']
  readonly features?: Readonly<Record<string, number | string>>
  readonly reference?: RuleScope['reference']
}): RuleScope => ({
  event,
  features: partOf('features', parts.features ?? {}),
  ledger: partOf('ledger', {
    contacts_24h: 0,
    contacts_7d: 1,
    contacts_30d: 3,
    days_since_contact: 2,
    points_used: 1.5,
  }),
  person: partOf('person', { jurisdiction: 'US', time_zone: 'America/New_York' }),
  context: partOf('context', { trigger: 'event', hour: 12, weekday: 0, month: 7, journey: 'cart', stage: 'remind' }),
  reference: parts.reference ?? partOf('reference', {}),
})

/** For tests: a value as an operator sees it. */
export const recordOf = <V>(value: V, receivedAt: Time): StreamRecord<V> => ({
  key: 'p',
  value,
  receivedAt,
  causeId: 'cause',
  position: { topic: 'people', partition: 0, offset: 0 },
})

/** For tests: the same value, unchangeable all the way down, so that an operator that mutates its input throws. */
export function frozen<T>(value: T): T {
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const inner of Object.values(value)) frozen(inner)
  return value
}

/** For tests: what an operator reads of a person of whom nothing is kept. */
export const emptyReads = <R extends Readonly<Record<string, Table<any>>>>(tables: R): RowsOf<R> =>
  Object.fromEntries(
    Object.entries(tables).map(([name, table]) => [name, isShared(table) ? () => undefined : table.empty]),
  ) as RowsOf<R>

/** For tests: no version of an event type was announced, since all events are of version 0.1. */
export const versions = (): undefined => undefined
