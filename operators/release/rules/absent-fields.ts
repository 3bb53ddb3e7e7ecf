import { insteadOf } from '../problem.ts'
import type { RuleFault } from './rule-fault.ts'
import { isNode, type SyntaxNode } from './syntax-tree.ts'

/** What a language knows of the fields that an event may lack. */
interface KnownFields {
  /** The fields of each part of a scope, by the name of the part. */
  readonly fields: Readonly<Record<string, readonly string[]>>
  /** The fields of `event` that an event of its type may lack. */
  readonly nullable: ReadonlySet<string>
}

type Names = ReadonlySet<string>
const none: Names = new Set()

/**
 * Finds the first field of `event` that an expression uses where it may be absent, or asks for with `has()` although
 * no event has it; null if there is none. A use is guarded where `has()` decides that it is evaluated.
 */
export function absentFieldFault(tree: unknown, known: KnownFields): RuleFault | null {
  return faultIn(tree, none, known)
}

function faultIn(tree: unknown, present: Names, known: KnownFields): RuleFault | null {
  if (Array.isArray(tree)) return firstOf(tree.map(one => () => faultIn(one, present, known)))
  if (!isNode(tree)) return null
  const asked = askedFor(tree)
  if (asked) return unknownFault(asked, known) ?? faultIn(asked.args, present, known)
  const used = eventFieldOf(tree)
  if (used !== null) return known.nullable.has(used) && !present.has(used) ? unguardedFault(tree, used) : null
  const args = tree.args as readonly unknown[]
  const within = (one: unknown, decided: Names) => () => faultIn(one, union(present, decided), known)
  switch (tree.op) {
    case '&&':
      return firstOf([within(args[0], presentIf(args[1], true)), within(args[1], presentIf(args[0], true))])
    case '||':
      return firstOf([within(args[0], presentIf(args[1], false)), within(args[1], presentIf(args[0], false))])
    case '?:':
      return firstOf([
        within(args[0], none),
        within(args[1], presentIf(args[0], true)),
        within(args[2], presentIf(args[0], false)),
      ])
    default:
      return faultIn(args, present, known)
  }
}

/** The fields of `event` that are there if this test is true, or if it is false. */
function presentIf(test: unknown, answer: boolean): Names {
  if (!isNode(test)) return none
  const asked = askedFor(test)
  if (asked) {
    const name = eventFieldOf(asked)
    return answer && name !== null ? new Set([name]) : none
  }
  const args = test.args as readonly unknown[]
  if (test.op === '!_') return presentIf(test.args, !answer)
  if (test.op !== '&&' && test.op !== '||') return none
  const [left, right] = [presentIf(args[0], answer), presentIf(args[1], answer)]
  return (test.op === '&&') === answer ? union(left, right) : new Set([...left].filter(name => right.has(name)))
}

/** The field access that this call of `has()` asks for; null if it is none. */
function askedFor({ op, args }: SyntaxNode): SyntaxNode | null {
  if (op !== 'call' || !Array.isArray(args) || args[0] !== 'has') return null
  const [asked] = args[1] as readonly unknown[]
  return isNode(asked) ? asked : null
}

/** The part and the name in `part.name` or `part["name"]`; null for any other expression. */
function fieldOf({ op, args }: SyntaxNode): { readonly part: string; readonly name: string } | null {
  if ((op !== '.' && op !== '[]') || !Array.isArray(args)) return null
  const [of, field] = args as readonly unknown[]
  if (!isNode(of) || of.op !== 'id') return null
  const name = isNode(field) && field.op === 'value' ? field.args : field
  return typeof name === 'string' ? { part: String(of.args), name } : null
}

function eventFieldOf(node: SyntaxNode): string | null {
  const field = fieldOf(node)
  return field?.part === 'event' ? field.name : null
}

function unknownFault(asked: SyntaxNode, { fields }: KnownFields): RuleFault | null {
  const field = fieldOf(asked)
  const known = field && Object.hasOwn(fields, field.part) ? fields[field.part]! : null
  if (!field || !known || known.includes(field.name)) return null
  const { part, name } = field
  return { offset: offsetOf(asked, name), message: `'${name}' is not in ${part}`, remedy: insteadOf(name, known) }
}

const unguardedFault = (node: SyntaxNode, name: string): RuleFault => ({
  offset: offsetOf(node, name),
  message: `'${name}' may be absent`,
  remedy: `ask first, as in 'has(event.${name}) && event.${name} …'`,
})

const offsetOf = ({ op, end }: SyntaxNode, name: string): number => end - name.length - (op === '[]' ? 2 : 0)

const union = (a: Names, b: Names): Names => (b.size === 0 ? a : a.size === 0 ? b : new Set([...a, ...b]))

function firstOf(asks: readonly (() => RuleFault | null)[]): RuleFault | null {
  for (const ask of asks) {
    const found = ask()
    if (found) return found
  }
  return null
}
