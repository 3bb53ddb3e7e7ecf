import type { CatalogDeclaration } from '../../../schemas/catalog/catalog.ts'
import { featureKinds } from '../../features/kinds/feature-kinds.ts'
import { identifierFoldings } from '../../words/identifier-folding.ts'
import { expressionLengthMax } from './release-bounds.ts'
import { weekdays } from './release-reading.ts'
import {
  cel,
  type FileShape,
  flagShape,
  list,
  name,
  object,
  oneOf,
  oneOfOrNull,
  orNull,
  record,
  textShape,
} from './shapes.ts'

/** The outcomes of a send that can pause an action. */
export const outcomes = [
  ...['delivered', 'bounced', 'opened', 'clicked', 'converted'],
  ...['complained', 'unsubscribed', 'ignored', 'rejected'],
] as const

/** The words of a catalog that the shape of a release depends on. */
export type ReleaseWords = Pick<CatalogDeclaration, 'channels' | 'purposes' | 'placements'>

const featureName: FileShape = {
  type: 'string',
  pattern: '^[a-z][a-z0-9_]{0,63}$',
  remedy:
    'write a name of at most 64 small letters, digits and _, that begins with a letter: rules say features.<name>',
}
const duration: FileShape = {
  type: 'string',
  pattern: '^[1-9][0-9]*[smhd]$',
  format: 'duration',
  remedy: 'write a duration such as 30m, 72h or 7d',
}
const durationOrZero: FileShape = { ...duration, pattern: '^(0|[1-9][0-9]*)[smhd]$' }
const date: FileShape = {
  type: 'string',
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
  remedy: 'write a day such as 2017-03-03',
}
const time: FileShape = {
  type: 'string',
  pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
  remedy: 'write a local time such as "21:00"',
}
const count: FileShape = {
  type: 'integer',
  minimum: 1,
  maximum: 1_000_000,
  remedy: 'write a whole number from 1 to 1000000',
}
const probability: FileShape = { type: 'number', minimum: 0, maximum: 1, remedy: 'write a number from 0 to 1' }
/** Sums of numbers up to this stay far from the range of doubles. */
const numberMax = 1_000_000_000
const positive: FileShape = {
  type: 'number',
  exclusiveMinimum: 0,
  maximum: numberMax,
  remedy: 'write a number above 0, 1000000000 at most',
}
const amount: FileShape = {
  type: 'number',
  minimum: 0,
  maximum: numberMax,
  remedy: 'write a number from 0 to 1000000000',
}
const expression: FileShape = {
  type: ['string', 'number'],
  minLength: 1,
  maxLength: expressionLengthMax,
  remedy: 'write a number, or CEL that gives one',
}

const beta = object({ alpha: positive, beta: positive })
const rules = list(object({ id: name, when: { ...cel, remedy: 'write CEL, such as features.orders_7d > 0' } }))
const tiers = { eligibility: rules, applicability: rules, suitability: rules }

const person = object(
  { jurisdiction: textShape, country: { ...textShape, remedy: 'write an ISO country code such as US' } },
  { timeZone: orNull(textShape), jurisdictionFeature: orNull(featureName), timeZoneFeature: orNull(featureName) },
)
const identifiers = object(
  {
    types: list(
      object(
        { type: name, priority: count, limit: count },
        { within: orNull(duration), fold: oneOfOrNull(...identifierFoldings) },
      ),
      1,
    ),
  },
  { blocked: list(textShape) },
)
const feature = object(
  { name: featureName, event: textShape, kind: oneOf(...Object.keys(featureKinds)) },
  {
    field: orNull(textShape),
    window: orNull(duration),
    where: orNull(object({ field: textShape, equals: textShape })),
    q: { type: ['number', 'null'], exclusiveMinimum: 0, exclusiveMaximum: 1, remedy: 'write a number between 0 and 1' },
    halfLife: orNull(duration),
    type: oneOf('number', 'text'),
  },
)

const referenceName: FileShape = { ...featureName, remedy: 'write a name of small letters, digits and _' }
const attributeTypes: FileShape = {
  type: 'object',
  additionalProperties: oneOf('number', 'text', 'hours-since'),
  propertyNames: { pattern: '^[A-Za-z][A-Za-z0-9_]*$' },
  minProperties: 1,
  remedy: 'write a name of letters, digits and _, and number, text or hours-since',
}
const reference = object(
  {
    name: referenceName,
    key: { ...cel, remedy: 'write CEL that gives a text, such as features.last_sku' },
    attributes: attributeTypes,
  },
  { kind: referenceName },
)

const suppression = object({
  id: name,
  outcomes: list(oneOf(...outcomes), 1),
  count,
  within: duration,
  pauses: oneOf('action', 'group', 'purpose'),
  pause: duration,
})
const when = orNull({ ...cel, remedy: 'write CEL over event and features, such as event.value > 50' })
const condition: FileShape = {
  ...object({ event: textShape }, { when }),
  remedy: 'write an entry with event, and when if need be',
}
const stage = object(
  { id: name },
  {
    wait: { ...duration, remedy: 'write a duration of at least 1s, such as 30m' },
    holdUntil: object({ event: textShape, within: duration }, { when, reset: orNull(condition) }),
    reset: orNull(condition),
    decide: flagShape,
  },
)
const reentry: FileShape = {
  anyOf: [{ enum: ['never', 'always'] }, object({ after: duration })],
  remedy: 'write never, always, or { after: 30d }',
}
const journey = object(
  { id: name, trigger: condition, stages: list(stage, 1), goal: condition, timeout: duration },
  { exit: list(condition), reentry },
)
const model = object({ id: name, version: count }, { prior: beta, groups: record(beta), actions: record(beta) })
const exploration = object(
  {},
  { algorithm: oneOf('epsilon-greedy', 'thompson'), epsilon: probability, floor: probability, model: textShape },
)

/** The JSON schema of a release file in the words of a catalog. Other names are checked afterwards. */
export function releaseSchema(words: ReleaseWords): FileShape {
  const placement = words.placements.length === 0 ? orNull(textShape) : oneOfOrNull(...words.placements)
  const channel = oneOf(...words.channels)
  const purpose = oneOf(...words.purposes)
  const exempt = list(purpose)
  const consent = object({ regimes: record(oneOf('opt-in', 'opt-out')) }, { exemptPurposes: exempt })

  /** Whether a text is a channel is checked later. */
  const treatment: FileShape = {
    ...object({ channel }, { id: name, parameters: record(textShape) }),
    type: ['string', 'object'],
    remedy: 'write a channel, or an entry with channel, id, parameters',
  }
  const action = object(
    { id: name, treatments: list(treatment, 1), value: expression },
    {
      name: orNull(name),
      group: orNull(textShape),
      purpose,
      tags: list(textShape),
      placement,
      mandatory: flagShape,
      valid: object({}, { from: orNull(date), to: orNull(date) }),
      context: expression,
      lever: amount,
      cost: amount,
      expiresAfter: orNull(duration),
      unsupported: orNull(textShape),
      approval: oneOfOrNull('required'),
      capacity: orNull(object({ max: count, window: duration })),
      ...tiers,
    },
  )

  const cap = object(
    { id: name, max: count, window: duration },
    {
      purpose: oneOfOrNull(...words.purposes),
      channel: oneOfOrNull(...words.channels),
      tag: orNull(textShape),
      group: orNull(textShape),
      placement,
      per: oneOfOrNull('action', 'group'),
      countsImported: flagShape,
      exempt,
      countsExempt: flagShape,
    },
  )
  const cost: FileShape = {
    type: 'object',
    properties: Object.fromEntries(words.channels.map(name => [name, amount])),
    additionalProperties: false,
    remedy: 'write points for each channel',
  }
  const budget = orNull(object({ points: positive, window: duration, cost }, { exempt }))
  const quiet = object(
    { id: name, channels: list(channel, 1), from: time, to: time },
    { closedDays: list(oneOf(...weekdays)), exempt },
  )
  const experiment = object(
    { id: name, kind: oneOf('holdout', 'random'), share: probability },
    { salt: textShape, journey: orNull(textShape), exempt },
  )
  return object(
    {
      release: name,
      version: count,
      person,
      identifiers,
      consent,
      triggers: list(textShape, 1),
      actions: list(action, 1),
    },
    {
      catalog: { ...textShape, remedy: 'write the path of a catalog, from the folder of this file' },
      seed: textShape,
      dedup: durationOrZero,
      grace: durationOrZero,
      backfill: durationOrZero,
      features: list(feature),
      reference: list(reference),
      groups: list(object({ id: name }, tiers)),
      caps: list(cap),
      budget,
      quietHours: list(quiet),
      suppressions: list(suppression),
      journeys: list(journey),
      experiments: list(experiment),
      models: list(model, 1),
      exploration,
    },
  )
}
