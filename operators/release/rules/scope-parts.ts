import type { FeatureValue } from '../../../schemas/generated.ts'
import type { Feature, ReferenceJoin } from '../release.ts'
import type { Fields } from './rule-types.ts'
import { type FixedPart, ruleVariables } from './rule-variables.ts'

/** The declarations of a release that its rules can name. */
export interface Declared {
  readonly features: readonly Pick<Feature, 'name' | 'type'>[]
  /** The fields of its triggers. */
  readonly event: Fields
  readonly joins: readonly ReferenceJoin[]
}

// cel-js knows the type of an object by its class; the members keep TypeScript from taking one part for another.
class Features {
  declare private readonly features: true
}
class EventFields {
  declare private readonly event: true
}
class Ledger {
  declare private readonly ledger: true
}
class Person {
  declare private readonly person: true
}
class Context {
  declare private readonly context: true
}
class Reference {
  declare private readonly reference: true
}

interface ScopePartEntry {
  /** The class of the object that carries the part's values. */
  readonly values: new () => object
  /** CEL types of what the part holds, by name. */
  fields(declared: Declared): Fields
  /** A description of the part, in Markdown for docs; null if the docs list its variables. */
  readonly doc: string | null
}

const fixed = <Values extends new () => object>(part: FixedPart, values: Values) => ({
  values,
  fields: (): Fields => Object.fromEntries(Object.entries(ruleVariables[part]).map(([name, { type }]) => [name, type])),
  doc: null,
})

/** The parts of a scope, by the name that rules give them. */
export const scopeParts = {
  features: {
    values: Features,
    fields: ({ features }) =>
      Object.fromEntries(features.map(({ name, type }) => [name, type === 'number' ? 'double' : 'string'])),
    doc: 'every feature of the release, by its name: a double, or a string for text; absent where a sum or an amount is beyond ±9·10⁹',
  },
  event: {
    values: EventFields,
    fields: ({ event }) => ({ ...event, type: 'string' }),
    doc: '`type`, empty where no event asked, and the fields of the triggering event types (`event.value`, `event.lines`). A field that the event does not have, or that is null, is absent, and so is every field where no event asked: `has(event.value)` is false, and a rule that uses it is a `rule-error`',
  },
  ledger: fixed('ledger', Ledger),
  person: fixed('person', Person),
  context: fixed('context', Context),
  reference: {
    values: Reference,
    fields: ({ joins }) => Object.fromEntries(joins.map(({ name }) => [name, joinType(name)])),
    doc: 'by the name of the join: `known`, and the attributes that it declares. Unknown numbers are 0, unknown texts empty, and unknown `hours-since` 876,000',
  },
} satisfies Readonly<Record<string, ScopePartEntry>>

/** A part of a scope, as rules name it. */
export type ScopePart = keyof typeof scopeParts

/** Every part of a scope. */
export const allParts = Object.keys(scopeParts) as readonly ScopePart[]

/**
 * The values that a rule can name. All numbers are doubles. A scope must not change once a rule has been evaluated in
 * it.
 */
export type RuleScope = { readonly [P in ScopePart]: InstanceType<(typeof scopeParts)[P]['values']> }

/** Makes a part that holds these values. */
export const partOf = <P extends ScopePart>(part: P, values: Readonly<Record<string, unknown>>): RuleScope[P] =>
  Object.assign(new scopeParts[part].values(), values) as RuleScope[P]

/** Makes the part that holds these features. One that is neither a number nor a text is absent. */
export function featuresPart(features: readonly FeatureValue[]): RuleScope['features'] {
  const part = new Features()
  const values = part as unknown as Record<string, number | string>
  for (const { name, number, text } of features) {
    const value = number ?? text
    if (value !== null) values[name] = value
  }
  return part
}

/** The CEL type of the reference data of the join of this name. */
export const joinType = (name: string): string => `reference.${name}`

const joinClasses = new Map<string, new () => object>()

/** The class that holds the reference data of the join of this name, in every release. */
export function joinClass(name: string): new () => object {
  let found = joinClasses.get(name)
  if (!found) {
    found = class {}
    joinClasses.set(name, found)
  }
  return found
}
