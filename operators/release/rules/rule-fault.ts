import type { ParseError } from '@marcbachmann/cel-js'
import { insteadOf } from '../problem.ts'
import type { Fields } from './rule-types.ts'

/** An error in an expression, with its remedy. */
export interface RuleFault {
  /** Index of the character in the expression. */
  readonly offset: number
  readonly message: string
  readonly remedy: string
}

/** Translates an error of cel-js into the words of a release. */
export function explain(
  error: ParseError,
  types: Readonly<Record<string, Fields>>,
  parts: readonly string[],
): RuleFault {
  const node = error.node as
    | { readonly args?: unknown; readonly left?: { readonly checkedType?: { name: string } } }
    | undefined
  const range = error.range as { readonly start: number; readonly end: number } | undefined
  const fault = { offset: range?.start ?? 0, message: error.summary }
  if (error.code === 'unknown_variable') {
    const name = String(node?.args)
    return { ...fault, message: `'${name}' is not known`, remedy: insteadOf(name, parts) }
  }
  if (error.code === 'no_such_key' && Array.isArray(node?.args)) {
    const type = node.left?.checkedType?.name ?? ''
    const name = String(node.args[1])
    const offset = (range?.end ?? name.length) - name.length
    return {
      offset,
      message: `'${name}' is not in ${type.split('.').at(-1)!.toLowerCase()}`,
      remedy: insteadOf(name, Object.keys(types[type] ?? {})),
    }
  }
  return { ...fault, remedy: remedies[error.code] ?? 'write a CEL expression, such as features.name > 0' }
}

const remedies: Readonly<Record<string, string>> = {
  no_such_overload: 'compare like with like: numbers with numbers, text in quotes with text',
  no_matching_overload: 'call a function that CEL has, on the type that it takes',
  invalid_logical_operand: "join comparisons, such as 'a > 0 && b > 0'",
  heterogeneous_list_element: 'write all elements alike: all texts, or all doubles such as 1.0',
}
