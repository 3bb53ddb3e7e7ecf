/** What a rule can ask about. All numbers are doubles. */
export interface RuleScope {
  /** By name, as the release declares them. */
  readonly features: Readonly<Record<string, number | string>>
  /** `type` and the fields of the triggering event; for a timer the type is '' and the fields are their zero values. */
  readonly event: Readonly<Record<string, unknown>>
  readonly ledger: {
    readonly contacts_24h: number
    readonly contacts_7d: number
    readonly contacts_30d: number
    readonly days_since_contact: number
    readonly points_used: number
  }
  readonly person: { readonly jurisdiction: string; readonly time_zone: string }
  /** Local to the person. `trigger` is 'event' or 'timer'; weekday 0 is Sunday; month 1 is January. */
  readonly context: {
    readonly trigger: string
    readonly hour: number
    readonly weekday: number
    readonly month: number
    /** Whose stage asks for the decision; '' outside of journeys. */
    readonly journey: string
    readonly stage: string
  }
  /** By name of the join: whether it is `known`, and its attributes. */
  readonly reference: Readonly<Record<string, Readonly<Record<string, number | string | boolean>>>>
}

class FeatureValues {}
class EventValues {}
class LedgerValues {}
class PersonValues {}
class ContextValues {}
class ReferenceValues {}

/** The classes that carry the parts of a scope: cel-js knows the type of an object by its class. */
export const scopeClasses = {
  Features: FeatureValues,
  Event: EventValues,
  Ledger: LedgerValues,
  Person: PersonValues,
  Context: ContextValues,
  Reference: ReferenceValues,
} as const

const joinClasses = new Map<string, new () => object>()

/** The class that carries what was looked up by the join of this name, in whichever release. */
export function joinClass(name: string): new () => object {
  let found = joinClasses.get(name)
  if (!found) {
    found = class {}
    joinClasses.set(name, found)
  }
  return found
}

/** Gives what cel-js sees of a scope, made once for all the rules that are asked about it in a row. */
export function viewer(): (scope: RuleScope) => ScopeView {
  let last: ScopeView | null = null
  return scope => {
    if (last?.scope !== scope) last = new ScopeView(scope)
    return last
  }
}

/** A scope as cel-js reads it: only the parts that a rule names are ever made. */
export class ScopeView {
  readonly scope: RuleScope
  #features?: FeatureValues
  #event?: EventValues
  #ledger?: LedgerValues
  #person?: PersonValues
  #context?: ContextValues
  #reference?: ReferenceValues

  constructor(scope: RuleScope) {
    this.scope = scope
  }

  get features(): FeatureValues {
    if (this.#features === undefined) {
      const { features } = this.scope
      this.#features = features instanceof FeatureValues ? features : Object.assign(new FeatureValues(), features)
    }
    return this.#features
  }

  get event(): EventValues {
    if (this.#event === undefined) {
      const { event } = this.scope
      this.#event = event instanceof EventValues ? event : Object.assign(new EventValues(), event)
    }
    return this.#event
  }

  get ledger(): LedgerValues {
    this.#ledger ??= Object.assign(new LedgerValues(), this.scope.ledger)
    return this.#ledger
  }

  get person(): PersonValues {
    this.#person ??= Object.assign(new PersonValues(), this.scope.person)
    return this.#person
  }

  get context(): ContextValues {
    this.#context ??= Object.assign(new ContextValues(), this.scope.context)
    return this.#context
  }

  get reference(): ReferenceValues {
    this.#reference ??= Object.assign(
      new ReferenceValues(),
      Object.fromEntries(
        Object.entries(this.scope.reference).map(([name, values]) => [
          name,
          Object.assign(new (joinClass(name))(), values),
        ]),
      ),
    )
    return this.#reference
  }
}
