import { nodesIn, type SyntaxNode } from './syntax-tree.ts'

/** Operators and calls of CEL that can give a number which is none, or one beyond its range. */
const computing: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '-_', 'call', 'rcall'])

const intMax = 0x7fffffffffffffffn
const intMin = -0x8000000000000000n

/**
 * Makes every operator and call of a checked expression throw where its value is no finite double or no 64-bit integer:
 * division by zero, a sum beyond the range, `double("inf")`. cel-js itself divides doubles by zero, negates the least
 * integer, and converts doubles to integers of any size.
 */
export function refuseOverflow(tree: unknown): void {
  for (const node of nodesIn(tree)) if (computing.has(node.op)) checkValueOf(node)
}

function checkValueOf(node: SyntaxNode): void {
  const { handle } = node
  if (typeof handle !== 'function') return
  node.handle = (...given: readonly unknown[]): unknown => {
    const value: unknown = handle(...given)
    if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`'${node.op}' gives no finite number`)
    if (typeof value === 'bigint' && (value > intMax || value < intMin))
      throw new Error(`'${node.op}' gives no 64-bit integer`)
    return value
  }
}
