import { Environment, type ParseError, type ParseResult } from '@marcbachmann/cel-js'
import type { EventType } from '../../schemas/event-data.ts'
import type { RuleScope } from './compiled.ts'
import type { Feature } from './release.ts'
import { explain, type RuleFault } from './rule-fault.ts'
import { scopeClasses, viewer } from './rule-scope.ts'
import { allowWholeNumbers, eventTypesIn, type Fields, fixedTypes } from './rule-types.ts'

/**
 * The CEL of one release: its features and the fields of its triggers, by name and type.
 * A scope must not change once a rule was asked about it.
 */
export interface RuleLanguage {
  /** Null when the expression is of this type; a double may be written as a whole number. */
  fault(expression: string, type: 'bool' | 'double'): RuleFault | null
  /** Throws an Error when the expression is none, and when it can't be evaluated. */
  test(expression: string): (scope: RuleScope) => boolean
  /** The same of a double; not a finite number is an error too. */
  number(expression: string): (scope: RuleScope) => number
  /** The event of a scope. A field that this event does not have is its zero value. */
  eventScope(type: string, data: Readonly<Record<string, unknown>> | null): RuleScope['event']
}

/** Constant numbers need no evaluation: `1`, `-0.5`, `1e3`. */
const constant = /^\s*-?\d+(\.\d+)?([eE][+-]?\d+)?\s*$/
/** CEL's calendar is the runtime's, which differs between versions of Node. */
const calendar = /\btimestamp\s*\(/

/** The parts of a scope, as rules name them. */
export type ScopePart = Lowercase<keyof typeof scopeClasses>

const allParts: readonly ScopePart[] = ['features', 'event', 'ledger', 'person', 'context']

/** Builds the language that the rules of a release are written in; conditions that see less than rules name the `parts`. */
export function ruleLanguage(
  features: readonly Pick<Feature, 'name' | 'type'>[],
  triggers: readonly EventType[],
  parts: readonly ScopePart[] = allParts,
): RuleLanguage {
  const environment = new Environment()
  allowWholeNumbers(environment)
  const event = eventTypesIn(environment, triggers)
  const types: Readonly<Record<string, Fields>> = {
    Features: Object.fromEntries(features.map(({ name, type }) => [name, type === 'number' ? 'double' : 'string'])),
    Event: { ...event.fields, type: 'string' },
    ...fixedTypes,
  }
  for (const [name, ctor] of Object.entries(scopeClasses)) {
    environment.registerType(name, { ctor, fields: types[name]! })
    const part = name.toLowerCase() as ScopePart
    if (parts.includes(part)) environment.registerVariable(part, name)
  }

  function fault(expression: string, type: 'bool' | 'double'): RuleFault | null {
    const clock = calendar.exec(expression)
    if (clock) return { offset: clock.index, message: 'timestamps do not repeat exactly', remedy: clockRemedy }
    const checked = environment.check(expression)
    if (!checked.valid) return explain(checked.error as ParseError, { ...types, ...event.records }, parts)
    const fits = checked.type === type || (type === 'double' && checked.type === 'int')
    return fits ? null : { offset: 0, message: `this is a ${checked.type}, not a ${type}`, remedy: typeRemedies[type] }
  }

  function parse(expression: string, type: 'bool' | 'double'): ParseResult {
    const found = fault(expression, type)
    if (found) throw new Error(`'${expression}': ${found.message}`)
    const parsed = environment.parse(expression)
    parsed.check()
    return parsed
  }

  const view = viewer()
  return {
    fault,
    test(expression) {
      const parsed = parse(expression, 'bool')
      return scope => {
        const answer: unknown = parsed(view(scope))
        if (typeof answer !== 'boolean') throw new Error(`'${expression}' is ${typeof answer}, not a bool`)
        return answer
      }
    },
    number(expression) {
      if (constant.test(expression)) {
        const value = Number(expression)
        return () => value
      }
      const parsed = parse(expression, 'double')
      return scope => {
        const answer = Number(parsed(view(scope)))
        if (!Number.isFinite(answer)) throw new Error(`'${expression}' is ${answer}, not a finite number`)
        return answer
      }
    },
    eventScope(type, data) {
      const values: Record<string, unknown> = Object.assign(new scopeClasses.Event(), event.zero)
      if (data !== null) for (const name in event.fields) if (name in data) values[name] = data[name]
      values.type = type
      return values
    },
  }
}

const clockRemedy = "ask 'context.hour', 'context.weekday' or 'context.month'"
const typeRemedies = {
  bool: "write a comparison, such as 'features.name > 0'",
  double: "write a number, such as '1.0' or 'features.name * 2'",
}
