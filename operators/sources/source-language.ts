import { Environment, Optional, type ParseError } from '@marcbachmann/cel-js'
import type { SourceFormat } from '../../schemas/catalog/source-declaration.ts'
import { refuseOverflow } from '../release/rules/arithmetic.ts'
import { patternFault } from '../release/rules/patterns.ts'
import { explain, type RuleFault } from '../release/rules/rule-fault.ts'
import { allowWholeNumbers } from '../release/rules/rule-types.ts'
import { countSteps } from '../release/rules/step-counts.ts'
import { ruleStepsMax, StepMeter } from '../release/rules/step-meter.ts'
import { nodesIn } from '../release/rules/syntax-tree.ts'

/** What expressions of every source can name, and what those of a format can besides. */
const everywhere = { record: 'dyn', key: 'dyn', headers: 'map<string, string>', time: 'double' }
const ofFormat: Readonly<Record<SourceFormat, Readonly<Record<string, string>>>> = {
  json: {},
  avro: {},
  debezium: { op: 'string', before: 'dyn', after: 'dyn' },
  cloudevents: { ce: 'map<string, string>' },
}

/** The values that an expression can name. */
export type SourceScope = Readonly<Record<string, unknown>>

/** The CEL of a source. */
export interface SourceLanguage {
  /** Checks an expression; null if it is right. */
  fault(expression: string, wanted?: 'bool'): RuleFault | null
  /** Compiles an expression, which throws where it can't be evaluated. What it gives is plain: an absent optional is null. */
  compiled(expression: string): (scope: SourceScope) => unknown
}

const partsMax = 1000
/** CEL's calendar is that of the runtime, which differs between versions of Node. */
const calendar = /\b(timestamp|duration)\s*\(/
const calendarRemedy = 'write milliseconds, or a text in ISO 8601 with a zone: both are times'

/** Makes the language of a source of this format. */
export function sourceLanguage(format: SourceFormat): SourceLanguage {
  const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
  allowWholeNumbers(environment)
  const variables = { ...everywhere, ...ofFormat[format] }
  for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type)
  const meter = new StepMeter()

  function fault(expression: string, wanted?: 'bool'): RuleFault | null {
    const clock = calendar.exec(expression)
    if (clock) return { offset: clock.index, message: 'timestamps do not repeat exactly', remedy: calendarRemedy }
    const checked = environment.check(expression)
    if (!checked.valid) return explain(checked.error as ParseError, {}, Object.keys(variables))
    if (wanted && checked.type !== wanted && checked.type !== 'dyn')
      return { offset: 0, message: `this is a ${checked.type}, not a ${wanted}`, remedy: 'write a comparison' }
    const { ast } = environment.parse(expression)
    const parts = nodesIn(ast).length
    if (parts > partsMax)
      return { offset: 0, message: `it has ${parts} parts, more than ${partsMax}`, remedy: 'write several fields' }
    return patternFault(ast)
  }

  return {
    fault,
    compiled(expression) {
      const parsed = environment.parse(expression)
      parsed.check()
      refuseOverflow(parsed.ast)
      const steps = countSteps(parsed.ast, meter, ruleStepsMax)
      return scope => {
        meter.begin(scope, steps)
        const value: unknown = parsed(scope)
        meter.check()
        return plain(value)
      }
    },
  }
}

/** Makes a value of CEL one of JSON. Throws an Error for one that has no JSON. */
function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null
  if (value instanceof Optional) return value.hasValue() ? plain(value.value()) : null
  if (typeof value === 'bigint') {
    const number = Number(value)
    if (Number.isSafeInteger(number)) return number
    throw new Error('it gives a whole number beyond 2^53')
  }
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, one]) => [String(name), plain(one)]))
  if (typeof value === 'object') {
    if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null)
      throw new Error('it gives no text, number, list or map')
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]))
  }
  return value
}
