import { Environment, type ParseError } from '@marcbachmann/cel-js'
import type { EventSchema } from '../../../schemas/catalog/event-schema.ts'
import type { Feature, ReferenceJoin, Release } from '../release.ts'
import { catalogOfRelease, typesNamed } from '../release-catalog.ts'
import { absentFieldFault } from './absent-fields.ts'
import { refuseOverflow } from './arithmetic.ts'
import { variablesNamedIn } from './named-variables.ts'
import { patternFault } from './patterns.ts'
import { explain, type RuleFault } from './rule-fault.ts'
import { allowWholeNumbers, eventTypesIn, type Fields } from './rule-types.ts'
import { allParts, joinClass, joinType, partOf, type RuleScope, type ScopePart, scopeParts } from './scope-parts.ts'
import { countSteps } from './step-counts.ts'
import { ruleStepsMax, StepMeter } from './step-meter.ts'
import { nodesIn } from './syntax-tree.ts'

/** The CEL language of a release, which knows its features and the fields of its triggers by name and type. */
export interface RuleLanguage<Scope> {
  /** Checks an expression; null if it is of this type. A double may be written as a whole number. */
  fault(expression: string, type: RuleType): RuleFault | null
  /**
   * Compiles a test. Throws an Error if the expression is wrong; the test throws if it can't be evaluated within its
   * budget of steps. Evaluations of one decision share a budget; unless told, a scope is a decision.
   */
  test(expression: string): (scope: Scope, decision?: object) => boolean
  /** The same for a text; null becomes the empty text. */
  text(expression: string): (scope: Scope, decision?: object) => string
  /** The same for a double; a number that is not finite is an error too. */
  number(expression: string): (scope: Scope) => number
  /** Makes the `event` part of a scope. A field that this event does not have, or that is null, is absent. */
  eventPart(type: string, data: Readonly<Record<string, unknown>> | null): RuleScope['event']
  /** Lists the variables, such as `ledger.contacts_7d`, that the expressions compiled so far name. */
  variables(): readonly string[]
  /** Returns the steps that the expressions have taken so far for the last decision. */
  steps(): number
  /** Counts how often an expression met the end of its budget. */
  refusals(): number
}

/** Constant numbers need no evaluation: `1`, `-0.5`, `1e3`. */
const constant = /^\s*-?\d+(\.\d+)?([eE][+-]?\d+)?\s*$/
/** CEL's calendar is that of the runtime, which differs between versions of Node. */
const calendar = /\btimestamp\s*\(/

/** The most parts of an expression: names, values, operators and calls. */
const expressionPartsMax = 1000
const partsRemedy = 'write several rules, or a feature that computes a part of it'

/** The type of an expression's value, as CEL names it. */
export type RuleType = 'bool' | 'double' | 'string'

/**
 * Builds the rule language of a release. `parts` limits what its expressions can name; `meter` counts the steps of several
 * languages together.
 */
export function ruleLanguage<P extends ScopePart = ScopePart>(
  features: readonly Pick<Feature, 'name' | 'type'>[],
  triggers: readonly EventSchema[],
  parts: readonly P[] = allParts as readonly P[],
  joins: readonly ReferenceJoin[] = [],
  meter: StepMeter = new StepMeter(),
): RuleLanguage<Pick<RuleScope, P>> {
  type Scope = Pick<RuleScope, P>
  const environment = new Environment()
  allowWholeNumbers(environment)
  const event = eventTypesIn(environment, triggers)
  const types: Record<string, Fields> = Object.fromEntries(joins.map(join => [joinType(join.name), joinFields(join)]))
  for (const { name } of joins)
    environment.registerType(joinType(name), { ctor: joinClass(name), fields: types[joinType(name)]! })
  for (const part of allParts) {
    const { values, fields } = scopeParts[part]
    const type = typeOf(part)
    types[type] = fields({ features, event: event.fields, joins })
    environment.registerType(type, { ctor: values, fields: types[type] })
    if ((parts as readonly ScopePart[]).includes(part)) environment.registerVariable(part, type)
  }

  const known = {
    fields: Object.fromEntries(parts.map(part => [part, Object.keys(types[typeOf(part)]!)])),
    nullable: event.nullable,
  }

  function fault(expression: string, type: RuleType): RuleFault | null {
    const found = typeFault(expression, type)
    if (found) return found
    const { ast } = environment.parse(expression)
    const parts = nodesIn(ast).length
    if (parts > expressionPartsMax)
      return { offset: 0, message: `it has ${parts} parts, more than ${expressionPartsMax}`, remedy: partsRemedy }
    // A key that names an absent field looks nothing up, which is no error.
    return patternFault(ast) ?? (type === 'string' ? null : absentFieldFault(ast, known))
  }

  function typeFault(expression: string, type: RuleType): RuleFault | null {
    const clock = calendar.exec(expression)
    if (clock) return { offset: clock.index, message: 'timestamps do not repeat exactly', remedy: clockRemedy }
    const checked = environment.check(expression)
    if (!checked.valid) return explain(checked.error as ParseError, { ...types, ...event.records }, parts)
    const fits = checked.type === type || alsoFits[type] === checked.type
    return fits ? null : { offset: 0, message: `this is a ${checked.type}, not a ${type}`, remedy: typeRemedies[type] }
  }

  function parse(expression: string, type: RuleType): (scope: Scope, decision?: object) => unknown {
    const found = typeFault(expression, type)
    if (found) throw new Error(`'${expression}': ${found.message}`)
    const parsed = environment.parse(expression)
    for (const name of variablesNamedIn(parsed.ast)) variables.add(name)
    parsed.check()
    refuseOverflow(parsed.ast)
    const nodes = countSteps(parsed.ast, meter, ruleStepsMax)
    return (scope, decision = scope) => {
      meter.begin(decision, nodes)
      const value: unknown = parsed(scope)
      meter.check()
      return value
    }
  }

  const variables = new Set<string>()
  const tests = new Map<string, (scope: Scope, decision?: object) => boolean>()
  return {
    fault,
    test(expression) {
      let test = tests.get(expression)
      if (!test) {
        const parsed = parse(expression, 'bool')
        test = askedOnce((scope, decision) => {
          const answer = parsed(scope, decision)
          if (typeof answer !== 'boolean') throw new Error(`'${expression}' is ${typeof answer}, not a bool`)
          return answer
        })
        tests.set(expression, test)
      }
      return test
    },
    text(expression) {
      const parsed = parse(expression, 'string')
      return (scope, decision) => {
        const answer = parsed(scope, decision)
        if (typeof answer !== 'string' && answer !== null)
          throw new Error(`'${expression}' is ${typeof answer}, not a text`)
        return answer ?? ''
      }
    },
    number(expression) {
      if (constant.test(expression)) {
        const value = Number(expression)
        if (!Number.isFinite(value)) throw new Error(`'${expression}' is no finite number`)
        return () => value
      }
      const parsed = parse(expression, 'double')
      return scope => {
        const answer = Number(parsed(scope))
        if (!Number.isFinite(answer)) throw new Error(`'${expression}' is ${answer}, not a finite number`)
        return answer
      }
    },
    eventPart(type, data) {
      const part = partOf('event', { type })
      const values = part as unknown as Record<string, unknown>
      if (data !== null)
        for (const name in event.fields) {
          const value = data[name]
          if (value !== null && value !== undefined) values[name] = value
        }
      return part
    },
    variables: () => [...variables],
    steps: () => meter.ofDecision,
    refusals: () => meter.refusals,
  }
}

/**
 * PERF: evaluates a test once for a scope, since every candidate of a group has the group's rules. The last scope is
 * kept, with its answer or its error.
 */
function askedOnce<Scope extends object>(
  test: (scope: Scope, decision?: object) => boolean,
): (scope: Scope, decision?: object) => boolean {
  let last: Scope | null = null
  let answer = false
  let failure: Error | null = null
  return (scope, decision) => {
    if (scope !== last) {
      failure = null
      try {
        answer = test(scope, decision)
      } catch (error) {
        failure = error as Error
      }
      last = scope
    }
    if (failure) throw failure
    return answer
  }
}

/** Builds the language of a release's rules, which can name every part. */
export const rulesOf = (
  release: Pick<Release, 'catalog' | 'features' | 'triggers' | 'reference'>,
  meter?: StepMeter,
): RuleLanguage<RuleScope> => {
  const { features, triggers, reference = [] } = release
  return ruleLanguage(features, typesNamed(catalogOfRelease(release), triggers), allParts, reference, meter)
}

/** The name of a part's CEL type. */
const typeOf = (part: ScopePart): string => `${part.charAt(0).toUpperCase()}${part.slice(1)}`

const clockRemedy = "ask 'context.hour', 'context.weekday' or 'context.month'"
/** The type of a field that may be null is known only when it is evaluated. */
const alsoFits: Readonly<Record<RuleType, string | null>> = { bool: null, double: 'int', string: 'dyn' }

const joinFields = ({ attributes }: ReferenceJoin): Fields => ({
  known: 'bool',
  ...Object.fromEntries(attributes.map(({ name, type }) => [name, type === 'text' ? 'string' : 'double'])),
})

const typeRemedies = {
  string: "write a text, such as 'features.last_sku'",
  bool: "write a comparison, such as 'features.name > 0'",
  double: "write a number, such as '1.0' or 'features.name * 2'",
}
