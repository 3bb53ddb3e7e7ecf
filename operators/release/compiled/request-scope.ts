import { eventFields, type Versions } from '../../../schemas/catalog/event-reading.ts'
import type { FeatureValue, ReferenceRow } from '../../../schemas/generated.ts'
import { serveVariables } from '../rules/named-variables.ts'
import type { FixedPart, RuleContext } from '../rules/rule-variables.ts'
import { featuresPart, type RuleScope, scopeParts } from '../rules/scope-parts.ts'
import type { CompiledRelease } from './compiled-release.ts'
import { type Joined, joinedFor } from './reference-joins.ts'

/** The rows that a scope looks up. */
export interface ScopeReads extends Versions {
  readonly reference: (key: string) => ReferenceRow | undefined
}

/**
 * The scope in which the rules of a release see a request. A part is made when a rule first asks for it, as most
 * releases name few.
 */
export class RequestScope implements RuleScope {
  readonly #release: CompiledRelease
  readonly #context: RuleContext
  readonly #served: readonly FeatureValue[]
  readonly #reads: ScopeReads
  #variables?: readonly FeatureValue[]
  #features?: RuleScope['features']
  #event?: RuleScope['event']
  #ledger?: RuleScope['ledger']
  #person?: RuleScope['person']
  #rest?: RuleScope['context']
  #joined?: Joined

  constructor(release: CompiledRelease, context: RuleContext, features: readonly FeatureValue[], reads: ScopeReads) {
    this.#release = release
    this.#context = context
    this.#served = features
    this.#reads = reads
  }

  /** The variables that the release names, as its rules see them. */
  get variables(): readonly FeatureValue[] {
    this.#variables ??= serveVariables(this.#release.variables, this.#context)
    return this.#variables
  }

  /** The reference data that the joins of the release look up. */
  get joined(): Joined {
    this.#joined ??= joinedFor(this.#release.joins, this, this.#reads.reference, this.#context.now)
    return this.#joined
  }

  get features(): RuleScope['features'] {
    this.#features ??= featuresPart(this.#served)
    return this.#features
  }

  get event(): RuleScope['event'] {
    this.#event ??= this.#eventPart()
    return this.#event
  }

  get ledger(): RuleScope['ledger'] {
    this.#ledger ??= this.#fixedPart('ledger')
    return this.#ledger
  }

  get person(): RuleScope['person'] {
    this.#person ??= this.#fixedPart('person')
    return this.#person
  }

  get context(): RuleScope['context'] {
    this.#rest ??= this.#fixedPart('context')
    return this.#rest
  }

  get reference(): RuleScope['reference'] {
    return this.joined.part
  }

  #eventPart(): RuleScope['event'] {
    const { event } = this.#context.request
    if (event === null) return this.#release.eventPart('', null)
    const own = this.#release.catalog.events.get(event.type)!
    return this.#release.eventPart(event.type, eventFields(event, own, this.#reads))
  }

  /** Makes a part with the variables that the release names; its rules ask for no others. */
  #fixedPart<P extends FixedPart>(name: P): RuleScope[P] {
    const part = new scopeParts[name].values()
    const values = part as unknown as Record<string, number | string>
    const named = this.#release.variables
    const served = this.variables
    for (let i = 0; i < named.length; i++) {
      const value = served[i]!.number ?? served[i]!.text
      if (named[i]!.part === name && value !== null) values[named[i]!.field] = value
    }
    return part as RuleScope[P]
  }
}
