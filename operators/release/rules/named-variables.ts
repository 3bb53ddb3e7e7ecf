import type { FeatureValue } from '../../../schemas/generated.ts'
import { compareText } from '../../lists/compare.ts'
import { type FixedPart, type RuleContext, type RuleVariable, ruleVariables } from './rule-variables.ts'
import { isNode, type SyntaxNode } from './syntax-tree.ts'

/** A variable that the expressions of a release name. */
export interface NamedVariable {
  /** `ledger.contacts_7d`. */
  readonly name: string
  readonly part: FixedPart
  readonly field: string
  readonly serve: RuleVariable['serve']
}

/** Lists the variables that a parsed expression names. A part without a field names all of its variables. */
export function variablesNamedIn(tree: unknown): readonly string[] {
  if (Array.isArray(tree)) return tree.flatMap(variablesNamedIn)
  if (!isNode(tree)) return []
  const { op, args } = tree
  if (op === 'id') return Object.keys(fieldsOf(args)).map(field => `${args}.${field}`)
  if (op === '.' && Array.isArray(args) && isNode(args[0]) && args[0].op === 'id') {
    const [{ args: part }, field] = args as [SyntaxNode, string]
    return Object.hasOwn(fieldsOf(part), field) ? [`${part}.${field}`] : []
  }
  return variablesNamedIn(args)
}

const fieldsOf = (part: unknown): Readonly<Record<string, RuleVariable>> =>
  typeof part === 'string' && Object.hasOwn(ruleVariables, part) ? ruleVariables[part as FixedPart] : {}

/** Returns the variables of these names, each once and sorted by name. */
export const namedVariables = (names: readonly string[]): readonly NamedVariable[] =>
  [...new Set(names)].sort(compareText).map(name => {
    const [part, field] = name.split('.') as [FixedPart, string]
    return { name, part, field, serve: fieldsOf(part)[field]!.serve }
  })

/** Serves variables for a request, in their order. */
export function serveVariables(variables: readonly NamedVariable[], context: RuleContext): readonly FeatureValue[] {
  const values = new Array<FeatureValue>(variables.length)
  for (let i = 0; i < variables.length; i++) {
    const { name, serve } = variables[i]!
    const value = serve(context)
    values[i] = typeof value === 'string' ? { name, number: null, text: value } : { name, number: value, text: null }
  }
  return values
}
