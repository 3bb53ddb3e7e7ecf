import { Environment, type ParseError, type ParseResult } from '@marcbachmann/cel-js'
import { type EventType, isEventType } from '../../../schemas/event-data.ts'
import type { Feature, ReferenceJoin, Release } from '../release.ts'
import { variablesNamedIn } from './named-variables.ts'
import { explain, type RuleFault } from './rule-fault.ts'
import { allowWholeNumbers, eventTypesIn, type Fields } from './rule-types.ts'
import { allParts, joinClass, joinType, partOf, type RuleScope, type ScopePart, scopeParts } from './scope-parts.ts'

/** The CEL of one release: its features and the fields of its triggers, by name and type. */
export interface RuleLanguage<Scope> {
  /** Null when the expression is of this type; a double may be written as a whole number. */
  fault(expression: string, type: RuleType): RuleFault | null
  /** Throws an Error when the expression is none, and when it can't be evaluated. */
  test(expression: string): (scope: Scope) => boolean
  /** The same of a text, which may come as null: then it is empty. */
  text(expression: string): (scope: Scope) => string
  /** The same of a double; not a finite number is an error too. */
  number(expression: string): (scope: Scope) => number
  /** The event of a scope. A field that this event does not have is its zero value. */
  eventPart(type: string, data: Readonly<Record<string, unknown>> | null): RuleScope['event']
  /** The variables, such as `ledger.contacts_7d`, that the expressions asked for so far name. */
  variables(): readonly string[]
}

/** Constant numbers need no evaluation: `1`, `-0.5`, `1e3`. */
const constant = /^\s*-?\d+(\.\d+)?([eE][+-]?\d+)?\s*$/
/** CEL's calendar is the runtime's, which differs between versions of Node. */
const calendar = /\btimestamp\s*\(/

/** What an expression gives, as CEL names it. */
export type RuleType = 'bool' | 'double' | 'string'

/** Builds the language that the rules of a release are written in; conditions that see less than rules name the `parts`. */
export function ruleLanguage<P extends ScopePart = ScopePart>(
  features: readonly Pick<Feature, 'name' | 'type'>[],
  triggers: readonly EventType[],
  parts: readonly P[] = allParts as readonly P[],
  joins: readonly ReferenceJoin[] = [],
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
    const type = `${part.charAt(0).toUpperCase()}${part.slice(1)}`
    types[type] = fields({ features, event: event.fields, joins })
    environment.registerType(type, { ctor: values, fields: types[type] })
    if ((parts as readonly ScopePart[]).includes(part)) environment.registerVariable(part, type)
  }

  function fault(expression: string, type: RuleType): RuleFault | null {
    const clock = calendar.exec(expression)
    if (clock) return { offset: clock.index, message: 'timestamps do not repeat exactly', remedy: clockRemedy }
    const checked = environment.check(expression)
    if (!checked.valid) return explain(checked.error as ParseError, { ...types, ...event.records }, parts)
    const fits = checked.type === type || alsoFits[type] === checked.type
    return fits ? null : { offset: 0, message: `this is a ${checked.type}, not a ${type}`, remedy: typeRemedies[type] }
  }

  function parse(expression: string, type: RuleType): ParseResult {
    const found = fault(expression, type)
    if (found) throw new Error(`'${expression}': ${found.message}`)
    const parsed = environment.parse(expression)
    for (const name of variablesNamedIn(parsed.ast)) variables.add(name)
    parsed.check()
    return parsed
  }

  const variables = new Set<string>()
  const tests = new Map<string, (scope: Scope) => boolean>()
  return {
    fault,
    test(expression) {
      let test = tests.get(expression)
      if (!test) {
        const parsed = parse(expression, 'bool')
        test = askedOnce(scope => {
          const answer: unknown = parsed(scope)
          if (typeof answer !== 'boolean') throw new Error(`'${expression}' is ${typeof answer}, not a bool`)
          return answer
        })
        tests.set(expression, test)
      }
      return test
    },
    text(expression) {
      const parsed = parse(expression, 'string')
      return scope => {
        const answer: unknown = parsed(scope)
        if (typeof answer !== 'string' && answer !== null)
          throw new Error(`'${expression}' is ${typeof answer}, not a text`)
        return answer ?? ''
      }
    },
    number(expression) {
      if (constant.test(expression)) {
        const value = Number(expression)
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
      const part = partOf('event', event.zero)
      const values = part as unknown as Record<string, unknown>
      if (data !== null) for (const name in event.fields) if (name in data) values[name] = data[name]
      values.type = type
      return part
    },
    variables: () => [...variables],
  }
}

/** The rules of a group are those of each of its candidates: one answer for a scope is enough. */
function askedOnce<Scope>(test: (scope: Scope) => boolean): (scope: Scope) => boolean {
  let last: Scope | null = null
  let answer = false
  return scope => {
    if (scope !== last) {
      answer = test(scope)
      last = scope
    }
    return answer
  }
}

/** The language of a release's rules: they see all there is. */
export const rulesOf = ({
  features,
  triggers,
  reference = [],
}: Pick<Release, 'features' | 'triggers' | 'reference'>): RuleLanguage<RuleScope> =>
  ruleLanguage(features, triggers.filter(isEventType), allParts, reference)

const clockRemedy = "ask 'context.hour', 'context.weekday' or 'context.month'"
/** What a field that may be null has for a type is found out when it is asked for. */
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
