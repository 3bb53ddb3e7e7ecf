import { parse } from '@marcbachmann/cel-js'
import { isNode, type SyntaxNode } from './syntax-tree.ts'

/** What an expression reads, as paths into the parts of a scope. An empty path is the part as a whole. */
export interface FieldsRead {
  readonly event: readonly (readonly string[])[]
  readonly features: readonly (readonly string[])[]
  readonly reference: readonly (readonly string[])[]
}

const parts = ['event', 'features', 'reference'] as const

/** Finds what an expression reads; nothing where it is no expression, which other checks report. */
export function fieldsRead(expression: string): FieldsRead {
  const read = { event: [], features: [], reference: [] } as Record<(typeof parts)[number], (readonly string[])[]>
  try {
    collect(parse(expression).ast, [])
  } catch {
    return read
  }
  return read

  /** `below` are the names that are asked of a node, from the node down. */
  function collect(value: unknown, below: readonly string[]): void {
    if (Array.isArray(value)) for (const one of value) collect(one, [])
    if (!isNode(value)) return
    const { op, args } = value
    if (op === 'id') {
      const part = parts.find(name => name === args)
      if (part) read[part].push(below)
      return
    }
    const named = nameOf(value)
    if (named) collect(named.of, [named.name, ...below])
    else collect(args, [])
  }
}

/** The name that a node asks of another: `a.name`, `a.?name` and `a["name"]`. */
function nameOf({ op, args }: SyntaxNode): { readonly of: unknown; readonly name: string } | null {
  if (!Array.isArray(args)) return null
  const [of, name] = args as readonly unknown[]
  if ((op === '.' || op === '.?') && typeof name === 'string') return { of, name }
  if ((op === '[]' || op === '[?]') && isNode(name) && typeof name.args === 'string' && name.op === 'value')
    return { of, name: name.args }
  return null
}
