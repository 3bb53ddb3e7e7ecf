import moment from 'moment-timezone'
import type { Catalog, CatalogDeclaration } from '../../../schemas/catalog/catalog.ts'
import { days, hours, minutes } from '../../../schemas/record.ts'
import { zoneOf } from '../../calendar/zones.ts'
import { featureKinds } from '../../features/kinds/feature-kinds.ts'
import type { IdentifierFolding } from '../../words/identifier-folding.ts'
import { identifierTypeOf } from '../../words/identifier-types.ts'
import { foldJurisdiction } from '../../words/jurisdictions.ts'
import { type FieldKind, fieldKind } from '../event-fields.ts'
import type {
  Action,
  Cap,
  EventCondition,
  Experiment,
  Feature,
  Group,
  Journey,
  JourneyStage,
  Model,
  QuietHours,
  ReferenceJoin,
  Release,
  Tiers,
} from '../release.ts'
import { catalogOfRelease } from '../release-catalog.ts'
import type {
  ActionFile,
  CapFile,
  Duration,
  EventConditionFile,
  ExperimentFile,
  FeatureFile,
  JourneyFile,
  LocalTime,
  ModelFile,
  QuietHoursFile,
  ReferenceFile,
  ReleaseFile,
  StageFile,
  TiersFile,
} from '../release-file.ts'

/** The names of the weekdays, in the order of their numbers in `closedDays`. */
export const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

const units: Readonly<Record<string, number>> = { s: 1000, m: minutes(1), h: hours(1), d: days(1) }

/** Converts a duration such as `30m` to milliseconds. */
export const durationMs = (text: Duration): number => Number(text.slice(0, -1)) * units[text.at(-1)!]!

/** Converts a local time such as `21:00` to a minute of the day. */
const minuteOf = (text: LocalTime): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))

const maybeMs = (text: Duration | null | undefined): number | null => (text == null ? null : durationMs(text))

/**
 * Reads a release from its file, with every default filled in; `catalog` is what its catalog declares, if it names one. Days are days of the release's time zone, else of UTC.
 */
export function readRelease(file: ReleaseFile, catalog?: CatalogDeclaration): Release {
  const words = catalogOfRelease(catalog ? { catalog } : {})
  const { timeZone: given } = file.person
  const known = given == null ? null : (zoneOf(given)?.name ?? null)
  const timeZone = known ?? given ?? null
  const zone = known ?? 'UTC'
  const models = (file.models ?? [{ id: 'uniform', version: 1 }]).map(readModel)
  return {
    release: file.release,
    version: file.version,
    ...(catalog ? { catalog } : {}),
    seed: file.seed ?? file.release,
    person: {
      jurisdiction: foldJurisdiction(file.person.jurisdiction),
      country: file.person.country.trim().toUpperCase(),
      timeZone,
      jurisdictionFeature: file.person.jurisdictionFeature ?? null,
      timeZoneFeature: file.person.timeZoneFeature ?? null,
    },
    dedupMs: durationMs(file.dedup ?? '7d'),
    graceMs: durationMs(file.grace ?? '1d'),
    ...(file.backfill === undefined ? {} : { backfillMs: durationMs(file.backfill) }),
    identifiers: {
      types: file.identifiers.types.map(({ type, priority, limit, within, fold }) => ({
        type: identifierTypeOf(type) ?? type,
        priority,
        limit,
        windowMs: maybeMs(within),
        ...foldingOf(fold ?? words.declaration.identifiers[identifierTypeOf(type) ?? type]?.fold),
      })),
      blocked: file.identifiers.blocked ?? [],
    },
    consent: {
      regimes: Object.fromEntries(
        Object.entries(file.consent.regimes).map(([name, law]) => [foldJurisdiction(name), law]),
      ),
      exemptPurposes: file.consent.exemptPurposes ?? [],
    },
    triggers: file.triggers,
    features: (file.features ?? []).map(one => readFeature(one, words)),
    ...(file.reference ? { reference: file.reference.map(readReference) } : {}),
    groups: (file.groups ?? []).map((group): Group => ({ id: group.id, ...readTiers(group) })),
    actions: file.actions.map(action => readAction(action, zone)),
    caps: (file.caps ?? []).map(readCap),
    budget: file.budget
      ? {
          points: file.budget.points,
          windowMs: durationMs(file.budget.window),
          cost: file.budget.cost,
          exempt: file.budget.exempt ?? [],
        }
      : null,
    quietHours: (file.quietHours ?? []).map(readQuietHours),
    suppressions: (file.suppressions ?? []).map(({ id, outcomes, count, within, pauses, pause }) => ({
      id,
      outcomes,
      count,
      withinMs: durationMs(within),
      pauses,
      pauseMs: durationMs(pause),
    })),
    ...(file.journeys ? { journeys: file.journeys.map(readJourney) } : {}),
    ...(file.experiments ? { experiments: file.experiments.map(one => readExperiment(one, file)) } : {}),
    models,
    exploration: {
      algorithm: file.exploration?.algorithm ?? 'epsilon-greedy',
      epsilon: file.exploration?.epsilon ?? 0.1,
      floor: file.exploration?.floor ?? 0.02,
      model: file.exploration?.model ?? models[0]?.id ?? '',
    },
  }
}

const foldingOf = (fold: IdentifierFolding | null | undefined) => (fold ? { fold } : {})

function readFeature(file: FeatureFile, { events }: Catalog): Feature {
  const halfLifeMs = maybeMs(file.halfLife)
  const event = events.get(file.event)
  const text: FieldKind | null = file.field && event ? fieldKind(event, file.field) : null
  return {
    name: file.name,
    event: file.event,
    kind: file.kind,
    field: file.field ?? null,
    windowMs: maybeMs(file.window) ?? (halfLifeMs === null ? null : Math.min(halfLifeMs * 8, days(90))),
    where: file.where ?? null,
    q: file.q ?? null,
    halfLifeMs,
    type: file.type ?? (featureKinds[file.kind].gives === 'value-of-field' && text === 'text' ? 'text' : 'number'),
  }
}

const readReference = ({ name, kind, key, attributes }: ReferenceFile): ReferenceJoin => ({
  name,
  kind: kind ?? name,
  key,
  attributes: Object.entries(attributes).map(([name, type]) => ({ name, type })),
})

const readTiers = (file: TiersFile): Tiers => ({
  eligibility: file.eligibility ?? [],
  applicability: file.applicability ?? [],
  suitability: file.suitability ?? [],
})

function readAction(file: ActionFile, zone: string): Action {
  const { from, to } = file.valid ?? {}
  return {
    id: file.id,
    ...(file.name ? { name: file.name } : {}),
    group: file.group ?? null,
    purpose: file.purpose ?? 'marketing',
    treatments: file.treatments.map(treatment => {
      const { id, channel, parameters } = typeof treatment === 'string' ? { channel: treatment } : { ...treatment }
      return { id: id ?? channel, channel, parameters: parameters ?? {} }
    }),
    tags: file.tags ?? [],
    placement: file.placement ?? null,
    mandatory: file.mandatory ?? false,
    validFromMs: from == null ? null : moment.tz(from, zone).startOf('day').valueOf(),
    validToMs: to == null ? null : moment.tz(to, zone).endOf('day').valueOf(),
    context: expression(file.context ?? 1),
    value: expression(file.value),
    lever: file.lever ?? 1,
    cost: file.cost ?? 0,
    expiresAfterMs: maybeMs(file.expiresAfter),
    unsupported: file.unsupported ?? unsupportedIn(file),
    ...(file.approval ? { approval: file.approval } : {}),
    ...(file.capacity ? { capacity: { max: file.capacity.max, windowMs: durationMs(file.capacity.window) } } : {}),
    ...readTiers(file),
  }
}

/** Names what an action needs that is not built yet; null if there is nothing. */
const unsupportedIn = ({ approval, capacity }: ActionFile): string | null =>
  approval ? 'nobody can approve of it yet' : capacity ? 'its slots are counted nowhere yet' : null

/** Writes a number as a CEL double. */
const expression = (value: string | number): string =>
  typeof value === 'string' ? value : Number.isInteger(value) ? value.toFixed(1) : String(value)

const readCap = (file: CapFile): Cap => ({
  id: file.id,
  max: file.max,
  windowMs: durationMs(file.window),
  purpose: file.purpose ?? null,
  channel: file.channel ?? null,
  tag: file.tag ?? null,
  group: file.group ?? null,
  placement: file.placement ?? null,
  per: file.per ?? null,
  countsImported: file.countsImported ?? false,
  exempt: file.exempt ?? [],
  countsExempt: file.countsExempt ?? true,
})

const readQuietHours = (file: QuietHoursFile): QuietHours => ({
  id: file.id,
  channels: file.channels,
  fromMinute: minuteOf(file.from),
  toMinute: minuteOf(file.to),
  closedDays: (file.closedDays ?? []).map(day => weekdays.indexOf(day as (typeof weekdays)[number])),
  exempt: file.exempt ?? [],
})

const readJourney = (file: JourneyFile): Journey => ({
  id: file.id,
  trigger: readCondition(file.trigger),
  stages: file.stages.map(readStage),
  goal: readCondition(file.goal),
  exit: (file.exit ?? []).map(readCondition),
  timeoutMs: durationMs(file.timeout),
  reentryAfterMs: reentryOf(file.reentry ?? 'never'),
})

const reentryOf = (reentry: NonNullable<JourneyFile['reentry']>): number | null =>
  reentry === 'never' ? null : reentry === 'always' ? 0 : durationMs(reentry.after)

const readCondition = ({ event, when }: EventConditionFile): EventCondition => ({ event, when: when ?? null })

const maybeCondition = (file: EventConditionFile | null | undefined): EventCondition | null =>
  file == null ? null : readCondition(file)

/** `joai lint` refuses a stage with neither `wait` nor `holdUntil`. */
const readStage = ({ id, wait, holdUntil, reset, decide }: StageFile): JourneyStage => ({
  id,
  waitMs: durationMs(wait ?? holdUntil?.within ?? '0s'),
  holdUntil: maybeCondition(holdUntil),
  reset: maybeCondition(reset ?? holdUntil?.reset),
  decide: decide ?? false,
})

const readExperiment = ({ id, kind, share, salt, journey, exempt }: ExperimentFile, file: ReleaseFile): Experiment => ({
  ...{ id, kind, share, journey: journey ?? null },
  salt: salt ?? `${file.seed ?? file.release}/${id}`,
  exempt: exempt ?? file.consent.exemptPurposes ?? [],
})

const readModel = (file: ModelFile): Model => ({
  id: file.id,
  version: file.version,
  prior: file.prior ?? { alpha: 1, beta: 1 },
  groups: file.groups ?? {},
  actions: file.actions ?? {},
})
