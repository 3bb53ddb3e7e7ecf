/** A node of cel-js's syntax tree. */
export interface SyntaxNode {
  readonly op: string
  readonly args: unknown
  /** Index of its first character in the expression. */
  readonly start: number
  /** Index after its last character. */
  readonly end: number
  /** The expansion of a macro, and what is evaluated in place of the node. */
  readonly meta?: { readonly alternate?: unknown; readonly macro?: unknown }
  /** Computes the value from those of its arguments; cel-js sets it when it checks an expression. */
  handle?: (...given: readonly unknown[]) => unknown
}

/** Tells whether a value is a node of a syntax tree. */
export const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value

/** Lists the nodes of a tree, those of expanded macros included, each once. */
export function nodesIn(tree: unknown): readonly SyntaxNode[] {
  const found = new Set<SyntaxNode>()
  visit(tree, found)
  return [...found]
}

function visit(value: unknown, found: Set<SyntaxNode>): void {
  if (Array.isArray(value)) for (const one of value) visit(one, found)
  else if (isNode(value)) {
    if (found.has(value)) return
    found.add(value)
    visit(value.args, found)
    visit(value.meta?.alternate, found)
  } else if (isComprehension(value)) for (const one of [value.iterable, value.init, value.step]) visit(one, found)
}

interface Comprehension {
  readonly iterable: unknown
  readonly init: unknown
  readonly step: unknown
}

/** The arguments of an expanded `exists`, `all`, `map` or `filter`. */
const isComprehension = (value: unknown): value is Comprehension =>
  typeof value === 'object' && value !== null && 'iterable' in value && 'step' in value
