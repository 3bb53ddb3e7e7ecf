import { Environment } from '@marcbachmann/cel-js'
import { isNode, type SyntaxNode } from './syntax-tree.ts'

/** What a variable can be: a number in a range, or one of some texts. */
export interface Possible {
  /** Both ends included, unless they are named in `open`. */
  readonly from: number
  readonly to: number
  readonly isFromOpen: boolean
  readonly isToOpen: boolean
  /** Null: any text. */
  readonly texts: readonly string[] | null
}

/** What variables can be, by their names (`features.orders_30d`); a variable that is not listed can be anything. */
export type PossibleValues = ReadonlyMap<string, Possible>

const anything: Possible = {
  from: Number.NEGATIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
  isFromOpen: false,
  isToOpen: false,
  texts: null,
}

/** A number from one end to the other, both included. */
export const between = (from: number, to = Number.POSITIVE_INFINITY): Possible => ({ ...anything, from, to })
/** One of these texts. */
export const oneOfTexts = (texts: readonly string[]): Possible => ({ ...anything, texts })

const environment = new Environment({ unlistedVariablesAreDyn: true })

/**
 * Narrows what variables can be to where an expression holds, as far as its comparisons with constants tell; null where
 * it can't hold. It knows `&&`, `||` and comparisons; of anything else it assumes that it can hold.
 */
export function whereHolds(expression: string, known: PossibleValues): PossibleValues | null {
  return narrowed(environment.parse(expression).ast as unknown as SyntaxNode, known)
}

function narrowed(node: SyntaxNode, known: PossibleValues): PossibleValues | null {
  const { op, args } = node
  if (op === 'value') return args === false ? null : known
  if (!Array.isArray(args) || !isNode(args[0]) || !isNode(args[1])) return known
  const [left, right] = args as [SyntaxNode, SyntaxNode]
  if (op === '&&') {
    const first = narrowed(left, known)
    return first && narrowed(right, first)
  }
  if (op === '||') return narrowed(left, known) === null && narrowed(right, known) === null ? null : known
  return compared(op, left, right, known)
}

const mirrored: Readonly<Record<string, string>> = {
  '<': '>',
  '>': '<',
  '<=': '>=',
  '>=': '<=',
  '==': '==',
  '!=': '!=',
}

function compared(op: string, left: SyntaxNode, right: SyntaxNode, known: PossibleValues): PossibleValues | null {
  if (op === 'in') return narrowedTo(variableOf(left), one => amongTexts(one, textsOf(right)), known)
  if (mirrored[op] === undefined) return known
  const [a, b] = [constantOf(left), constantOf(right)]
  if (a !== null && b !== null) return isPossible(withConstant(exactly(a), op, b)) ? known : null
  if (b !== null) return narrowedTo(variableOf(left), one => withConstant(one, op, b), known)
  return a === null ? known : narrowedTo(variableOf(right), one => withConstant(one, mirrored[op]!, a), known)
}

function narrowedTo(
  variable: string | null,
  narrow: (one: Possible) => Possible,
  known: PossibleValues,
): PossibleValues | null {
  if (variable === null) return known
  const next = narrow(known.get(variable) ?? anything)
  return isPossible(next) ? new Map([...known, [variable, next]]) : null
}

const isPossible = ({ from, to, isFromOpen, isToOpen, texts }: Possible): boolean =>
  (from < to || (from === to && !isFromOpen && !isToOpen)) && texts?.length !== 0

const exactly = (value: number | string): Possible =>
  typeof value === 'number' ? between(value, value) : oneOfTexts([value])

function withConstant(one: Possible, op: string, value: number | string): Possible {
  if (typeof value === 'string') {
    if (op === '==') return amongTexts(one, [value])
    return op === '!=' && one.texts ? { ...one, texts: one.texts.filter(text => text !== value) } : one
  }
  switch (op) {
    case '>':
      return value >= one.from ? { ...one, from: value, isFromOpen: true } : one
    case '>=':
      return value > one.from ? { ...one, from: value, isFromOpen: false } : one
    case '<':
      return value <= one.to ? { ...one, to: value, isToOpen: true } : one
    case '<=':
      return value < one.to ? { ...one, to: value, isToOpen: false } : one
    case '==':
      return withConstant(withConstant(one, '>=', value), '<=', value)
    default:
      return one.from === value && one.to === value ? { ...one, isFromOpen: true } : one
  }
}

const amongTexts = (one: Possible, wanted: readonly string[] | null): Possible =>
  wanted === null ? one : { ...one, texts: one.texts?.filter(text => wanted.includes(text)) ?? wanted }

/** The name of the variable in `part.name`; null for any other expression. */
function variableOf({ op, args }: SyntaxNode): string | null {
  if (op !== '.' || !Array.isArray(args)) return null
  const [of, field] = args as readonly unknown[]
  return isNode(of) && of.op === 'id' ? `${String(of.args)}.${String(field)}` : null
}

function constantOf({ op, args }: SyntaxNode): number | string | null {
  if (op === '-_' && isNode(args)) {
    const value = constantOf(args)
    return typeof value === 'number' ? -value : null
  }
  if (op !== 'value') return null
  if (typeof args === 'bigint') return Number(args)
  return typeof args === 'number' || typeof args === 'string' ? args : null
}

/** The texts of a list of constants; null for any other expression. */
function textsOf({ op, args }: SyntaxNode): readonly string[] | null {
  if (op !== 'list' || !Array.isArray(args)) return null
  const texts = args.map(one => (isNode(one) ? constantOf(one) : null))
  return texts.every(text => typeof text === 'string') ? texts : null
}
